-- Reorder rhythm: each customer's own rhythm, what its silence means, and when its next order is expected.
-- Verdicts: late (silent for longer than nine in ten of its own gaps and 1.25 usual intervals), on_rhythm,
-- seasonal_pause (as it paused last year, or as its segment does now), irregular (no rhythm to be late against), new
-- and one_off (too few orders), probably_gone, no_orders. Expected days hold the next order in four cases of five, if
-- one comes within twice the usual interval.
-- grain: customer
-- scope: owner_rep_id
select
    cast(f.customer_id as varchar) as customer_id,
    cast(f.owner_rep_id as varchar) as owner_rep_id,
    cast(f.segment as varchar) as segment,
    cast(f.order_days as bigint) as order_days,
    cast(f.first_order_on as date) as first_order_on,
    cast(f.last_order_on as date) as last_order_on,
    cast(f.days_since_last as bigint) as days_since_last,
    cast(f.usual_interval_days as double) as usual_interval_days,
    cast(f.overdue_ratio as double) as overdue_ratio,
    cast(f.days_overdue as double) as days_overdue,
    cast(f.at_stake as decimal(18, 2)) as at_stake,
    cast(coalesce(a.verdict, 'no_orders') as varchar) as rhythm,
    cast(a.grade as varchar) as grade,
    cast(a.late_after_days as double) as late_after_days,
    cast(a.gap_p10_days as double) as gap_p10_days,
    cast(a.gap_p90_days as double) as gap_p90_days,
    cast(a.regularity as double) as regularity,
    cast(a.lateness as double) as lateness,
    cast(a.expected_on as date) as expected_on,
    cast(a.expected_from as date) as expected_from,
    cast(a.expected_until as date) as expected_until,
    cast(a.silence_probability as double) as silence_probability,
    cast(a.active_probability as double) as active_probability,
    cast(a.pause_from as date) as pause_from,
    cast(a.pause_until as date) as pause_until,
    cast(a.peer_activity as double) as peer_activity
from rhythm_facts as f
left join analysis_customers as a on f.customer_id = a.customer_id
