-- Growth, history: the first day anything was ordered, up to the as-of day.
-- grain: one row
-- params: as_of date
select cast(min(ordered_on) as date) as first_on
from order_lines
where quantity > 0 and customer_id is not null and ordered_on <= cast($as_of as date)
