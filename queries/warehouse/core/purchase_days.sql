-- Purchase days: what each customer bought of each category on each day it bought of it.
-- Returned lines are left out, and so are products without category.
-- grain: customer, category and day
-- materialize: temporary
select
    cast(l.customer_id as varchar) as customer_id,
    cast(p.category as varchar) as category,
    cast(l.ordered_on as date) as ordered_on,
    cast(count(*) as bigint) as lines,
    cast(sum(l.quantity) as decimal(18, 3)) as quantity,
    cast(sum(l.revenue) as decimal(18, 2)) as revenue
from order_lines as l
inner join products as p on l.product_id = p.product_id
where l.quantity > 0 and l.customer_id is not null and p.category is not null
group by l.customer_id, p.category, l.ordered_on
