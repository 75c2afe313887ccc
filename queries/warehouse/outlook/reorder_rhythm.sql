-- Reorder rhythm: each customer's own rhythm, what its silence means, and when its next order is expected.
-- Each account has a limit of its own: the days of silence beyond which it leaves its habit, longer than nine in ten of
-- its gaps (three in four where it has no firm rhythm) and than 1.25 usual intervals (late_after_days; from three order
-- days on). Verdicts: one_off (ordered once or twice, silent for over 180 days), new (too few orders, within the
-- limit), churned (silent for over a year and two usual intervals), seasonal_pause (silent as it paused last year, or
-- as its segment is now), probably_gone (silent for over 180 days and four usual intervals, or one in five likely to be
-- still there), late (has a rhythm, beyond the limit), quiet (none, beyond the limit), irregular (none, within it),
-- on_rhythm, no_orders. Silent accounts are late, quiet, in a seasonal pause or probably gone; their likely loss is
-- what is at stake in 90 days times the probability that no order comes in 90 days. Those late, quiet, probably gone or
-- churned are leaving. An account counts as churned from the day after which the verdict is given. Expected days hold
-- the next order in four cases of five, if one comes within twice the usual interval.
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
    cast(coalesce(a.verdict in ('late', 'quiet', 'seasonal_pause', 'probably_gone'), false) as boolean) as is_silent,
    cast(coalesce(a.verdict in ('late', 'quiet', 'probably_gone', 'churned'), false) as boolean) as is_leaving,
    cast(
        case
            when a.verdict in ('late', 'quiet', 'seasonal_pause', 'probably_gone')
                then round(cast(f.at_stake as double) * a.silence_probability, 2)
        end as decimal(18, 2)
    ) as likely_loss,
    cast(
        f.last_order_on
        + cast(greatest(365, floor(2 * coalesce(f.usual_interval_days, 0))) + 1 as integer) as date
    ) as churned_on,
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
    cast(a.own_horizon_days as double) as own_horizon_days,
    cast(a.own_silence_probability as double) as own_silence_probability,
    cast(a.active_probability as double) as active_probability,
    cast(a.pause_from as date) as pause_from,
    cast(a.pause_until as date) as pause_until,
    cast(a.peer_activity as double) as peer_activity
from rhythm_facts as f
left join analysis_customers as a on f.customer_id = a.customer_id
