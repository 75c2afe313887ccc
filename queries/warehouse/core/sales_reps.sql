-- Sales reps: people with their team, and how many accounts they can look after, and take up in a day.
-- grain: rep
-- scope: rep_id
-- ecommerce: none
select
    cast(r.rep_id as varchar) as rep_id,
    cast(r.name as varchar) as name,
    cast(r.team as varchar) as team,
    cast(r.manager_id as varchar) as manager_id,
    cast(r.kind as varchar) as kind,
    cast(r.capacity as bigint) as capacity,
    cast(r.accounts_a_day as bigint) as accounts_a_day
from input_sales_reps as r
