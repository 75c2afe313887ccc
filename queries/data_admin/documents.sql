-- Invoices of ours: every order and credit note with its amount, as a file of finance is compared with it.
-- Returned is the sum of its lines with units below zero.
-- grain: order
-- units: order_id id, ordered_on date, customer_id id, customer text, segment label, currency id, lines count,
--   revenue money, returned money
with returns as (
    select order_id, sum(revenue) as returned
    from order_lines
    where quantity < 0
    group by order_id
)

select
    o.order_id,
    o.ordered_on,
    o.customer_id,
    c.name as customer,
    o.segment,
    o.currency,
    o.lines,
    o.revenue,
    cast(coalesce(r.returned, 0) as decimal(18, 2)) as returned
from orders as o
left join returns as r on o.order_id = r.order_id
left join customers as c on o.customer_id = c.customer_id
order by o.ordered_on, o.order_id
