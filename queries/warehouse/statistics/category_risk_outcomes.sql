-- Category risk, outcomes: on how many of the sixty days after the as-of day each customer bought of each category.
-- grain: customer and category
-- params: as_of date
select
    cast(customer_id as varchar) as customer_id,
    cast(category as varchar) as category,
    cast(count(*) as integer) as purchases,
    cast(sum(revenue) as double) as revenue
from purchase_days
where ordered_on > cast($as_of as date) and ordered_on <= cast(cast($as_of as date) + interval 60 day as date)
group by customer_id, category
