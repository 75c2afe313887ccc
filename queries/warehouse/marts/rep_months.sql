-- Rep months: what each rep is credited with in each month.
-- Revenue goes to the rep on the order, decisions to the rep on the quote, by their own dates, and to the team the rep
-- was in that day.
-- grain: rep, team, month and elapsed part
-- scope: rep_id
-- teams: team
-- ecommerce: none
with sold as (
    select
        o.credited_rep_id as rep_id,
        o.ordered_on as day,
        case when o.is_credit_note then 0 else 1 end as orders,
        o.revenue,
        o.margin,
        0 as won,
        0 as lost,
        0 as won_valued,
        0 as won_value,
        0 as lost_value
    from orders as o
    where o.credited_rep_id is not null
),

decided as (
    select
        n.rep_id,
        n.closed_on as day,
        0 as orders,
        0 as revenue,
        cast(null as decimal(18, 2)) as margin,
        case when n.counts_as_won then 1 else 0 end as won,
        case when n.counts_as_lost then 1 else 0 end as lost,
        case when n.counts_as_won and n.amount is not null then 1 else 0 end as won_valued,
        case when n.counts_as_won then n.amount else 0 end as won_value,
        case when n.counts_as_lost then n.amount else 0 end as lost_value
    from negotiations as n
    where n.rep_id is not null and not n.is_open
),

credited as (
    select * from sold
    union all
    select * from decided
)

select
    cast(c.rep_id as varchar) as rep_id,
    cast(t.team as varchar) as team,
    cast(d.month as date) as month,
    cast(d.is_within_elapsed as boolean) as is_within_elapsed,
    cast(sum(c.orders) as bigint) as orders,
    cast(sum(c.revenue) as decimal(18, 2)) as revenue,
    cast(sum(c.margin) as decimal(18, 2)) as margin,
    cast(sum(c.won) as bigint) as won,
    cast(sum(c.lost) as bigint) as lost,
    cast(sum(c.won_valued) as bigint) as won_valued,
    cast(coalesce(sum(c.won_value), 0) as decimal(18, 2)) as won_value,
    cast(coalesce(sum(c.lost_value), 0) as decimal(18, 2)) as lost_value
from credited as c
inner join calendar as d on c.day = d.day
left join stg_rep_teams as t on c.rep_id = t.rep_id and c.day >= t.starts_on and c.day < t.past_end
group by c.rep_id, t.team, d.month, d.is_within_elapsed
