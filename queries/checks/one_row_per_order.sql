-- One row per order: no order may appear twice.
-- grain: order that appears more than once
-- level: fail
select order_id, count(*) as times
from orders
group by order_id
having count(*) > 1
