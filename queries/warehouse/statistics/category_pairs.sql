-- Category pairs: how often each customer bought of each category up to a day, and what passed on its own clock.
-- Own clocks are the customer's order days and the lines it ordered: a pause of the whole account moves neither. Lines
-- of the first day are not counted, because it is that day that began the pair. Last year are the same sixty days 365
-- days earlier; before are purchases older than those. Silent are days up to the one on which the orders of the
-- customer stopped being loaded. Only pairs bought on three days or
-- more, over sixty days or more, on average at most 105 days apart, and last within 365 days.
-- grain: customer and category
-- params: as_of date
with lines_of_days as (
    select
        customer_id,
        ordered_on,
        sum(lines) as lines
    from purchase_days
    where ordered_on <= cast($as_of as date)
    group by customer_id, ordered_on
),

known_orders as (
    select
        o.customer_id,
        o.ordered_on,
        date_diff('day', o.ordered_on, cast($as_of as date)) as age_days,
        coalesce(l.lines, 0) as lines,
        row_number() over (partition by o.customer_id order by o.ordered_on) as order_number,
        sum(coalesce(l.lines, 0)) over (
            partition by o.customer_id order by o.ordered_on rows between unbounded preceding and current row
        ) as lines_until
    from order_days as o
    left join lines_of_days as l on o.customer_id = l.customer_id and o.ordered_on = l.ordered_on
    where o.ordered_on <= cast($as_of as date)
),

clocks as (
    select
        customer_id,
        count(*) as orders,
        sum(lines) as lines,
        max(ordered_on) as last_order_on,
        max(age_days) as known_days,
        sum(case when age_days < 90 then 1 else 0 end) as orders_90,
        sum(case when age_days < 180 then 1 else 0 end) as orders_180,
        sum(case when age_days < 90 then lines else 0 end) as lines_90,
        sum(case when age_days < 365 then lines else 0 end) as lines_365
    from known_orders
    group by customer_id
),

purchases as (
    select
        *,
        date_diff('day', ordered_on, cast($as_of as date)) as age_days
    from purchase_days
    where ordered_on <= cast($as_of as date)
),

pairs as (
    select
        customer_id,
        category,
        min(ordered_on) as first_bought_on,
        max(ordered_on) as last_bought_on,
        count(*) as purchases,
        sum(lines) - arg_min(lines, ordered_on) as lines,
        sum(case when age_days < 60 then 1 else 0 end) as purchases_60,
        sum(case when age_days between 365 and 424 then 1 else 0 end) as purchases_60_last_year,
        sum(case when age_days > 424 then 1 else 0 end) as purchases_before,
        cast(sum(case when age_days < 730 then revenue else 0 end) as double)
        / nullif(sum(case when age_days < 730 then 1 else 0 end), 0) as usual_revenue
    from purchases
    group by customer_id, category
    having count(*) >= 3 and min(age_days) < 365
),

-- The share of a category among all purchases of late, over its share in the year before: below one, all pause it.
paces as (
    select
        category,
        sum(case when age_days < 60 then 1 else 0 end) as recent,
        sum(case when age_days between 60 and 424 then 1 else 0 end) as usual
    from purchases
    group by category
),

totals as (
    select
        sum(recent) as recent,
        sum(usual) as usual
    from paces
),

clocked as (
    select
        p.*,
        c.orders,
        c.last_order_on,
        c.known_days,
        c.orders_90,
        c.orders_180,
        c.lines_90,
        c.lines_365,
        c.orders - coalesce(l.order_number, c.orders) as orders_since,
        coalesce(l.lines_until, c.lines) - coalesce(f.lines_until, 0) as lines_between,
        c.lines - coalesce(l.lines_until, c.lines) as lines_since,
        least(cast($as_of as date), coalesce(e.feed_last_on, cast($as_of as date))) as judged_on
    from pairs as p
    inner join clocks as c on p.customer_id = c.customer_id
    left join known_orders as l on p.customer_id = l.customer_id and p.last_bought_on = l.ordered_on
    left join known_orders as f on p.customer_id = f.customer_id and p.first_bought_on = f.ordered_on
    left join customer_feed_ends as e on p.customer_id = e.customer_id
),

shares as (
    select
        category,
        (cast(sum(lines) as double) + 1) / nullif(cast(sum(lines_between + lines_since) as double) + 10, 0) as share
    from clocked
    group by category
)

select
    cast(k.customer_id as varchar) as customer_id,
    cast(k.category as varchar) as category,
    cast(k.purchases as bigint) as purchases,
    cast(k.first_bought_on as date) as first_bought_on,
    cast(k.last_bought_on as date) as last_bought_on,
    cast(k.purchases_60 as bigint) as purchases_60,
    cast(k.purchases_60_last_year as bigint) as purchases_60_last_year,
    cast(k.purchases_before as bigint) as purchases_before,
    cast(k.usual_revenue as double) as usual_revenue,
    cast(k.orders as bigint) as orders,
    cast(k.orders_90 as bigint) as orders_90,
    cast(k.orders_180 as bigint) as orders_180,
    cast(k.orders_since as bigint) as orders_since,
    cast(date_diff('day', k.last_bought_on, k.judged_on) as bigint) as silent_days,
    cast(date_diff('day', k.last_order_on, k.judged_on) as bigint) as customer_silent_days,
    cast(k.known_days as bigint) as known_days,
    cast(k.lines as bigint) as lines,
    cast(k.lines_between as bigint) as lines_between,
    cast(k.lines_since as bigint) as lines_since,
    cast(k.lines_90 as bigint) as lines_90,
    cast(k.lines_365 as bigint) as lines_365,
    cast(h.share as double) as category_share,
    cast(
        (p.recent + 5) / nullif(cast(p.usual as double) * (t.recent + 5) / nullif(t.usual + 5, 0) + 5, 0) as double
    ) as category_pace
from clocked as k
inner join shares as h on k.category = h.category
inner join paces as p on k.category = p.category
cross join totals as t
where
    date_diff('day', k.first_bought_on, k.last_bought_on) >= 60
    and date_diff('day', k.first_bought_on, k.last_bought_on) <= 105 * (k.purchases - 1)
order by k.customer_id, k.category
