-- Nothing after the as-of day: orders later than the day reported as of are left out of every period.
-- grain: order dated after the as-of day
-- params: as_of date
-- level: warn
select order_id, ordered_on
from orders
where ordered_on > cast($as_of as date)
