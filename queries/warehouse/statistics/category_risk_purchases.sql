-- Category risk, purchases: how often each customer bought of each category, in stretches of days before the as-of day.
-- A purchase is a day on which it bought of the category. recent_1..6: ten days each, the last sixty, oldest first.
-- last_year_1..6: the same ten days a year (365 days) earlier. between_1..5: sixty-one days each, what lies in between,
-- oldest first. last_year and between make the usual year; earlier_purchases are those of up to half a year before it.
-- Gaps are those between purchases up to the end of the usual year, counted in the customer's own order days.
-- Only pairs bought in their usual year.
-- grain: customer and category
-- params: as_of date
with known_orders as (
    select
        customer_id,
        ordered_on,
        row_number() over (partition by customer_id order by ordered_on) as order_number
    from order_days
    where ordered_on <= cast($as_of as date) and ordered_on > cast(cast($as_of as date) - interval 600 day as date)
),

dated as (
    select
        b.customer_id,
        b.category,
        b.ordered_on,
        b.revenue,
        b.quantity,
        date_diff('day', b.ordered_on, cast($as_of as date)) as age,
        o.order_number - lag(o.order_number) over (
            partition by b.customer_id, b.category order by b.ordered_on
        ) as gap_orders
    from purchase_days as b
    left join known_orders as o on b.customer_id = o.customer_id and b.ordered_on = o.ordered_on
    where b.ordered_on <= cast($as_of as date) and b.ordered_on > cast(cast($as_of as date) - interval 600 day as date)
)

select
    cast(customer_id as varchar) as customer_id,
    cast(category as varchar) as category,
    cast(count(case when age between 50 and 59 then 1 end) as integer) as recent_1,
    cast(count(case when age between 40 and 49 then 1 end) as integer) as recent_2,
    cast(count(case when age between 30 and 39 then 1 end) as integer) as recent_3,
    cast(count(case when age between 20 and 29 then 1 end) as integer) as recent_4,
    cast(count(case when age between 10 and 19 then 1 end) as integer) as recent_5,
    cast(count(case when age between 0 and 9 then 1 end) as integer) as recent_6,
    cast(count(case when age between 415 and 424 then 1 end) as integer) as last_year_1,
    cast(count(case when age between 405 and 414 then 1 end) as integer) as last_year_2,
    cast(count(case when age between 395 and 404 then 1 end) as integer) as last_year_3,
    cast(count(case when age between 385 and 394 then 1 end) as integer) as last_year_4,
    cast(count(case when age between 375 and 384 then 1 end) as integer) as last_year_5,
    cast(count(case when age between 365 and 374 then 1 end) as integer) as last_year_6,
    cast(count(case when age between 304 and 364 then 1 end) as integer) as between_1,
    cast(count(case when age between 243 and 303 then 1 end) as integer) as between_2,
    cast(count(case when age between 182 and 242 then 1 end) as integer) as between_3,
    cast(count(case when age between 121 and 181 then 1 end) as integer) as between_4,
    cast(count(case when age between 60 and 120 then 1 end) as integer) as between_5,
    cast(count(case when age > 424 then 1 end) as integer) as earlier_purchases,
    cast(count(case when age >= 60 then gap_orders end) as integer) as gaps,
    cast(sum(case when age >= 60 then gap_orders end) as bigint) as gap_orders_sum,
    cast(sum(case when age >= 60 then gap_orders * gap_orders end) as double) as gap_orders_squares,
    cast(max(ordered_on) as date) as last_bought_on,
    cast(max_by(quantity, ordered_on) as double) as last_quantity,
    cast(sum(case when age between 60 and 424 then quantity else 0 end) as double) as usual_quantity,
    cast(sum(case when age between 60 and 424 then revenue else 0 end) as double) as usual_revenue
from dated
group by customer_id, category
having count(case when age between 60 and 424 then 1 end) > 0
