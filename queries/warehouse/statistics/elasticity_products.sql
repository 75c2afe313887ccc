-- Elasticity, products: what was sold in the 36 months before the as-of day's, with the number of its customers.
-- grain: product
-- params: as_of date
select
    cast(l.product_id as varchar) as product_id,
    cast(max(p.category) as varchar) as category,
    cast(max(p.brand) as varchar) as brand,
    cast(count(distinct l.customer_id) as bigint) as customers
from order_lines as l
inner join products as p on l.product_id = p.product_id
where
    l.quantity > 0
    and l.revenue > 0
    and l.customer_id is not null
    and l.ordered_on >= cast(cast(date_trunc('month', cast($as_of as date)) as date) - interval 36 month as date)
    and l.ordered_on <= cast($as_of as date)
group by l.product_id
