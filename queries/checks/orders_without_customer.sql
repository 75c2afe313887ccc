-- Orders without a customer: sales to nobody known count for catalogs and totals, in no account.
-- grain: order
-- level: warn
select order_id
from orders
where customer_id is null
