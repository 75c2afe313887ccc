-- Revenue adds up: orders and their lines must state the same revenue.
-- grain: order whose revenue differs from its lines'
-- level: fail
with line_sums as (
    select order_id, sum(revenue) as revenue
    from order_lines
    group by order_id
)

select o.order_id, o.revenue, s.revenue as lines_revenue
from orders as o
left join line_sums as s on o.order_id = s.order_id
where o.revenue <> coalesce(s.revenue, 0)
