-- Rhythm facts: each customer's usual interval between order days, how long it is silent, and what is at stake.
-- The usual interval is the median gap between distinct order days, given from five order days over at least
-- 90 days. At stake is what the customer bought in 90 days on average of the year up to its last order, less what it
-- returned since that year began.
-- A customer whose orders stopped being loaded is silent up to that day alone.
-- grain: customer
-- materialize: temporary
-- params: as_of date
with gaps as (
    select
        customer_id,
        ordered_on,
        date_diff('day', lag(ordered_on) over (partition by customer_id order by ordered_on), ordered_on) as gap_days
    from order_days
    where ordered_on <= cast($as_of as date)
),

summaries as (
    select
        customer_id,
        count(*) as order_days,
        min(ordered_on) as first_order_on,
        max(ordered_on) as last_order_on,
        cast(median(gap_days) as double) as median_gap_days
    from gaps
    group by customer_id
),

last_active_years as (
    select
        summaries.customer_id,
        sum(orders.revenue) as revenue
    from summaries
    inner join orders on summaries.customer_id = orders.customer_id
    where
        orders.ordered_on > cast(summaries.last_order_on - interval 365 day as date)
        and orders.ordered_on <= cast($as_of as date)
    group by summaries.customer_id
),

measured as (
    select
        s.customer_id,
        s.order_days,
        s.first_order_on,
        s.last_order_on,
        date_diff('day', s.last_order_on, least(cast($as_of as date), coalesce(e.feed_last_on, cast($as_of as date))))
            as days_since_last,
        case
            when s.order_days >= 5 and date_diff('day', s.first_order_on, s.last_order_on) >= 90
                then s.median_gap_days
        end as usual_interval_days,
        y.revenue as last_active_year_revenue
    from summaries as s
    inner join last_active_years as y on s.customer_id = y.customer_id
    left join customer_feed_ends as e on s.customer_id = e.customer_id
)

select
    cast(c.customer_id as varchar) as customer_id,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(c.segment as varchar) as segment,
    cast(coalesce(j.order_days, 0) as bigint) as order_days,
    cast(j.first_order_on as date) as first_order_on,
    cast(j.last_order_on as date) as last_order_on,
    cast(j.days_since_last as bigint) as days_since_last,
    cast(j.usual_interval_days as double) as usual_interval_days,
    cast(j.days_since_last / nullif(j.usual_interval_days, 0) as double) as overdue_ratio,
    cast(j.days_since_last - j.usual_interval_days as double) as days_overdue,
    cast(
        round(cast(greatest(coalesce(j.last_active_year_revenue, 0), 0) as double) * 90 / 365, 2) as decimal(18, 2)
    ) as at_stake
from customers as c
left join measured as j on c.customer_id = j.customer_id
