-- Customer rhythms: the gaps between each customer's order days up to a day, summed up for a renewal model.
-- Weights halve every 180 days before that day, so that a changed rhythm is believed sooner. The pause of the same
-- season last year is the gap that was open 364 days before. Peer activity is the number of order days of the
-- segment's customers in the last 28 days against their own average of 28 days in the 336 days before.
-- A customer whose orders stopped being loaded is silent up to that day alone.
-- grain: customer
-- params: as_of date
with known as (
    select customer_id, ordered_on, revenue
    from order_days
    where ordered_on <= cast($as_of as date)
),

gaps as (
    select
        customer_id,
        ordered_on,
        revenue,
        date_diff('day', lag(ordered_on) over (partition by customer_id order by ordered_on), ordered_on) as gap_days,
        exp(-0.693147180559945 * date_diff('day', ordered_on, cast($as_of as date)) / 180.0) as weight
    from known
),

summaries as (
    select
        customer_id,
        count(*) as order_days,
        count(gap_days) as gaps,
        min(ordered_on) as first_order_on,
        max(ordered_on) as last_order_on,
        max(case when ordered_on <= cast(cast($as_of as date) - interval 364 day as date) then ordered_on end)
            as pause_from,
        min(case when ordered_on > cast(cast($as_of as date) - interval 364 day as date) then ordered_on end)
            as pause_until,
        sum(gap_days) as gap_sum_days,
        sum(ln(cast(gap_days as double))) as gap_sum_ln_days,
        sum(case when gap_days is not null then weight end) as weighted_gaps,
        sum(weight * gap_days) as weighted_gap_sum_days,
        sum(weight * ln(cast(gap_days as double))) as weighted_gap_sum_ln_days,
        cast(median(gap_days) as double) as median_gap_days,
        percentile_cont(0.1) within group (order by gap_days) as gap_p10_days,
        percentile_cont(0.9) within group (order by gap_days) as gap_p90_days
    from gaps
    group by customer_id
),

segment_days as (
    select
        c.segment,
        cast(
            sum(
                case when k.ordered_on > cast(cast($as_of as date) - interval 28 day as date) then 1 else 0 end
            ) as double
        ) as recent,
        cast(
            sum(
                case
                    when
                        k.ordered_on <= cast(cast($as_of as date) - interval 28 day as date)
                        and k.ordered_on > cast(cast($as_of as date) - interval 364 day as date)
                        then 1
                    else 0
                end
            ) as double
        ) / 12 as usual
    from known as k
    inner join customers as c on k.customer_id = c.customer_id
    group by c.segment
),

active_years as (
    select
        s.customer_id,
        sum(k.revenue) as revenue
    from summaries as s
    inner join known as k on s.customer_id = k.customer_id
    where k.ordered_on > cast(s.last_order_on - interval 365 day as date)
    group by s.customer_id
)

select
    cast(s.customer_id as varchar) as customer_id,
    cast(s.order_days as bigint) as order_days,
    cast(s.gaps as bigint) as gaps,
    cast(s.first_order_on as date) as first_order_on,
    cast(s.last_order_on as date) as last_order_on,
    cast(
        date_diff('day', s.last_order_on, least(cast($as_of as date), coalesce(e.feed_last_on, cast($as_of as date))))
        as bigint
    ) as silent_days,
    cast(e.feed_last_on as date) as known_until,
    cast(coalesce(s.gap_sum_days, 0) as double) as gap_sum_days,
    cast(coalesce(s.gap_sum_ln_days, 0) as double) as gap_sum_ln_days,
    cast(coalesce(s.weighted_gaps, 0) as double) as weighted_gaps,
    cast(coalesce(s.weighted_gap_sum_days, 0) as double) as weighted_gap_sum_days,
    cast(coalesce(s.weighted_gap_sum_ln_days, 0) as double) as weighted_gap_sum_ln_days,
    cast(s.median_gap_days as double) as median_gap_days,
    cast(s.gap_p10_days as double) as gap_p10_days,
    cast(s.gap_p90_days as double) as gap_p90_days,
    cast(s.pause_from as date) as pause_from,
    cast(s.pause_until as date) as pause_until,
    cast(coalesce(a.revenue, 0) as double) as active_year_revenue,
    cast(coalesce((g.recent + 5) / nullif(g.usual + 5, 0), 1) as double) as peer_activity
from summaries as s
left join active_years as a on s.customer_id = a.customer_id
left join customers as c on s.customer_id = c.customer_id
left join segment_days as g on c.segment = g.segment
left join customer_feed_ends as e on s.customer_id = e.customer_id
order by s.customer_id
