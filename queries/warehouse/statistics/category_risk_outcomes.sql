-- Category risk, outcomes: on how many of the days ahead of the as-of day each customer bought of each category.
-- grain: customer and category
-- params: as_of date, horizon_days integer
select
    cast(customer_id as varchar) as customer_id,
    cast(category as varchar) as category,
    cast(count(*) as integer) as purchases,
    cast(sum(revenue) as double) as revenue
from purchase_days
where ordered_on > cast($as_of as date) and date_diff('day', cast($as_of as date), ordered_on) <= $horizon_days
group by customer_id, category
