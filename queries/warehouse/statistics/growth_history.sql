-- Growth, history: the first day anything was ordered, up to the as-of day, and what an order is usually worth.
-- A usual order is the median of what a customer ordered on a day of the 365 days up to the as-of day.
-- grain: one row
-- params: as_of date
select
    cast(min(ordered_on) as date) as first_on,
    cast(
        median(
            case
                when ordered_on > cast(cast($as_of as date) - interval 365 day as date) then cast(revenue as double)
            end
        ) as double
    ) as usual_order
from order_days
where ordered_on <= cast($as_of as date)
