-- One row per customer: no account may appear twice.
-- grain: account that appears more than once
-- level: fail
select customer_id, count(*) as times
from customers
group by customer_id
having count(*) > 1
