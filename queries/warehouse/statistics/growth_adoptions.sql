-- Growth, outcome: what each customer bought after the as-of day, up to the last day of the window.
-- grain: customer and product
-- params: as_of date, until date
select
    cast(customer_id as varchar) as customer_id,
    cast(product_id as varchar) as product_id,
    cast(sum(revenue) as double) as revenue
from order_lines
where
    quantity > 0
    and customer_id is not null
    and ordered_on > cast($as_of as date)
    and ordered_on <= cast($until as date)
group by customer_id, product_id
