-- Growth, purchases: what each customer bought of each product in the 365 days up to the as-of day.
-- Revenue is net of returns; what was only returned is left out.
-- grain: customer and product
-- params: as_of date
select
    cast(customer_id as varchar) as customer_id,
    cast(product_id as varchar) as product_id,
    cast(min(case when quantity > 0 then ordered_on end) as date) as first_on,
    cast(max(case when quantity > 0 then ordered_on end) as date) as last_on,
    cast(sum(revenue) as double) as revenue
from order_lines
where
    customer_id is not null
    and ordered_on > cast(cast($as_of as date) - interval 365 day as date)
    and ordered_on <= cast($as_of as date)
group by customer_id, product_id
having max(case when quantity > 0 then 1 else 0 end) = 1
