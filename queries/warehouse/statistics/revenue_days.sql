-- Revenue, days: what each rep was credited with on each day of the five years up to the as-of day, with the rep's
-- team. Revenue goes to the rep on the order, as in rep months; what nobody is credited with has no rep, and no team.
-- Days before a stretch that was not loaded are left out.
-- grain: rep and day
-- params: as_of date
with covered as (
    select max(first_on) as covered_from
    from coverage
    where input_table = 'orders' and segment = 'all'
)

select
    cast(o.credited_rep_id as varchar) as rep_id,
    cast(r.team as varchar) as team,
    cast(o.ordered_on as date) as ordered_on,
    cast(sum(o.revenue) as double) as revenue
from orders as o
cross join covered as b
left join sales_reps as r on o.credited_rep_id = r.rep_id
where
    (b.covered_from is null or o.ordered_on >= b.covered_from)
    and o.ordered_on > cast(cast($as_of as date) - interval 60 month as date)
    and o.ordered_on <= cast($as_of as date)
group by o.credited_rep_id, r.team, o.ordered_on
