-- Loaded orders: since when all orders are loaded without a hole, and since when there are any.
-- The first of these days is a usual gap early: what is ordered every few days need not begin with the data.
-- grain: one row
select
    max(first_on) - cast(max(usual_gap_days) as integer) as covered_from,
    min(first_on) as history_from
from coverage
where input_table = 'orders' and segment = 'all'
