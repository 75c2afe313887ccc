-- Next orders: when each customer ordered next after a day.
-- grain: customer with an order after that day
-- params: as_of date, until date
select
    cast(customer_id as varchar) as customer_id,
    cast(min(ordered_on) as date) as next_order_on,
    cast(sum(revenue) as double) as revenue
from order_days
where ordered_on > cast($as_of as date) and ordered_on <= cast($until as date)
group by customer_id
