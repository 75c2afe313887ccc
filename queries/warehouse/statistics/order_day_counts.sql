-- Order day counts: how many customers ordered on each day up to a day, the pulse of the whole company.
-- grain: day with an order
-- params: as_of date
select
    cast(ordered_on as date) as ordered_on,
    cast(count(*) as bigint) as customers
from order_days
where ordered_on <= cast($as_of as date)
group by ordered_on
order by ordered_on
