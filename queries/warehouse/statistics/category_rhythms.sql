-- Category rhythms: the gaps between the days on which each customer bought of a category, up to a day. Beside them
-- stands the customer's own clock: how many of its order days passed since, and how often the category was among them.
-- Only pairs bought on three days or more, and last within 365 days. What a customer bought is silent up to the day on
-- which its orders stopped being loaded.
-- grain: customer and category
-- params: as_of date
with known_orders as (
    select
        customer_id,
        ordered_on,
        row_number() over (partition by customer_id order by ordered_on) as order_number,
        date_diff('day', ordered_on, cast($as_of as date)) as age_days
    from order_days
    where ordered_on <= cast($as_of as date)
),

clocks as (
    select
        customer_id,
        count(*) as orders,
        sum(case when age_days < 30 then 1 else 0 end) as orders_30,
        sum(case when age_days < 90 then 1 else 0 end) as orders_90,
        min(age_days) as silent_days
    from known_orders
    group by customer_id
),

gaps as (
    select
        customer_id,
        category,
        ordered_on,
        revenue,
        date_diff('day', ordered_on, cast($as_of as date)) as age_days,
        date_diff(
            'day', lag(ordered_on) over (partition by customer_id, category order by ordered_on), ordered_on
        ) as gap_days,
        exp(-0.693147180559945 * date_diff('day', ordered_on, cast($as_of as date)) / 180.0) as weight
    from purchase_days
    where ordered_on <= cast($as_of as date)
),

summaries as (
    select
        customer_id,
        category,
        count(*) as purchases,
        count(gap_days) as gaps,
        min(ordered_on) as first_bought_on,
        max(ordered_on) as last_bought_on,
        sum(gap_days) as gap_sum_days,
        sum(ln(cast(gap_days as double))) as gap_sum_ln_days,
        sum(case when gap_days is not null then weight end) as weighted_gaps,
        sum(weight * gap_days) as weighted_gap_sum_days,
        sum(weight * ln(cast(gap_days as double))) as weighted_gap_sum_ln_days,
        cast(median(gap_days) as double) as median_gap_days,
        max(gap_days) as longest_gap_days,
        arg_max(gap_days, ordered_on) as last_gap_days,
        sum(case when age_days < 30 then 1 else 0 end) as purchases_30,
        sum(case when age_days < 90 then 1 else 0 end) as purchases_90,
        sum(case when age_days < 180 then 1 else 0 end) as purchases_180,
        sum(case when age_days < 365 then revenue end) as revenue_365
    from gaps
    group by customer_id, category
    having count(*) >= 3 and min(age_days) < 365
),

seasons as (
    select
        category,
        cast(sum(case when age_days < 28 then 1 else 0 end) as double) as recent,
        cast(sum(case when age_days >= 28 and age_days < 364 then 1 else 0 end) as double) / 12 as usual
    from gaps
    group by category
),

shares as (
    select
        s.category,
        cast(sum(s.purchases - 1) as double) as bought,
        cast(sum(c.orders - coalesce(f.order_number, 1)) as double) as offered
    from summaries as s
    inner join clocks as c on s.customer_id = c.customer_id
    left join known_orders as f on s.customer_id = f.customer_id and s.first_bought_on = f.ordered_on
    left join customer_feed_ends as e on s.customer_id = e.customer_id
    group by s.category
)

select
    cast(s.customer_id as varchar) as customer_id,
    cast(s.category as varchar) as category,
    cast(s.purchases as bigint) as order_days,
    cast(s.gaps as bigint) as gaps,
    cast(s.first_bought_on as date) as first_order_on,
    cast(s.last_bought_on as date) as last_order_on,
    cast(
        date_diff('day', s.last_bought_on, least(cast($as_of as date), coalesce(e.feed_last_on, cast($as_of as date))))
        as bigint
    ) as silent_days,
    cast(s.gap_sum_days as double) as gap_sum_days,
    cast(s.gap_sum_ln_days as double) as gap_sum_ln_days,
    cast(s.weighted_gaps as double) as weighted_gaps,
    cast(s.weighted_gap_sum_days as double) as weighted_gap_sum_days,
    cast(s.weighted_gap_sum_ln_days as double) as weighted_gap_sum_ln_days,
    cast(s.median_gap_days as double) as median_gap_days,
    cast(s.longest_gap_days as double) as longest_gap_days,
    cast(s.last_gap_days as double) as last_gap_days,
    cast(s.purchases_30 as bigint) as purchases_30,
    cast(s.purchases_90 as bigint) as purchases_90,
    cast(s.purchases_180 as bigint) as purchases_180,
    cast(coalesce(s.revenue_365, 0) as double) as revenue_365,
    cast(c.orders - coalesce(l.order_number, 0) as bigint) as orders_since,
    cast(c.orders - coalesce(f.order_number, 1) + 1 as bigint) as orders_from_first,
    cast(c.orders_30 as bigint) as orders_30,
    cast(c.orders_90 as bigint) as orders_90,
    cast(c.silent_days as bigint) as customer_silent_days,
    cast((t.recent + 5) / nullif(t.usual + 5, 0) as double) as category_index,
    cast(ln((h.bought + 1) / nullif(h.offered + 10, 0)) as double) as category_share_ln
from summaries as s
inner join clocks as c on s.customer_id = c.customer_id
inner join seasons as t on s.category = t.category
inner join shares as h on s.category = h.category
left join known_orders as l on s.customer_id = l.customer_id and s.last_bought_on = l.ordered_on
left join known_orders as f on s.customer_id = f.customer_id and s.first_bought_on = f.ordered_on
left join customer_feed_ends as e on s.customer_id = e.customer_id
order by s.customer_id, s.category
