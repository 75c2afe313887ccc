-- Order days: what each customer ordered on each day it ordered anything.
-- Credit notes are left out.
-- grain: customer and day
-- materialize: temporary
select
    cast(customer_id as varchar) as customer_id,
    cast(ordered_on as date) as ordered_on,
    cast(count(*) as bigint) as orders,
    cast(sum(revenue) as decimal(18, 2)) as revenue
from orders
where is_credit_note = false and customer_id is not null
group by customer_id, ordered_on
