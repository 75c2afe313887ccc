-- Customers without a segment: they appear in no segment's figures.
-- grain: customer
-- level: warn
select customer_id
from customers
where segment is null
