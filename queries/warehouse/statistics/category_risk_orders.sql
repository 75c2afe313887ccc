-- Category risk, orders: the days on which each customer ordered anything, its own clock.
-- grain: customer and day
-- params: since date, as_of date
select
    cast(customer_id as varchar) as customer_id,
    cast(ordered_on as date) as ordered_on
from order_days
where ordered_on > cast($since as date) and ordered_on <= cast($as_of as date)
