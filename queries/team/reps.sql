-- Reps: what each person is credited with in the period, against quota.
-- The quota of an open month counts by its share of elapsed working days. Open value is what is still being
-- negotiated, whenever asked for.
-- grain: rep
-- params: date_to date, date_month_from date, date_month_to date, team text
-- units: rep_id id, rep text, team text, kind label, revenue money, quota_to_date money, attainment ratio,
--   orders count, won count, lost count, win_rate ratio, average_won money, open_negotiations count, open_value money
with month_shares as (
    select
        month,
        count(*) filter (where is_working_day and day <= $date_to)
        / nullif(count(*) filter (where is_working_day), 0) as elapsed_share
    from calendar
    group by month
),

credited as (
    select
        rep_id,
        sum(revenue) as revenue,
        sum(orders) as orders,
        sum(won) as won,
        sum(lost) as lost,
        sum(won_value) as won_value
    from rep_months
    where month between $date_month_from and $date_month_to
    group by rep_id
),

targets as (
    select q.rep_id, sum(cast(q.target as double) * coalesce(s.elapsed_share, 1)) as quota_to_date
    from quotas as q
    left join month_shares as s on q.month = s.month
    where q.metric = 'revenue' and q.month between $date_month_from and $date_month_to
    group by q.rep_id
),

pending as (
    select rep_id, count(*) as negotiations, sum(amount) as amount
    from negotiations
    where outcome is null
    group by rep_id
)

select
    r.rep_id,
    r.name as rep,
    r.team,
    r.kind,
    cast(coalesce(c.revenue, 0) as decimal(18, 2)) as revenue,
    cast(round(t.quota_to_date, 2) as decimal(18, 2)) as quota_to_date,
    cast(coalesce(c.revenue, 0) as double) / nullif(t.quota_to_date, 0) as attainment,
    cast(coalesce(c.orders, 0) as bigint) as orders,
    cast(coalesce(c.won, 0) as bigint) as won,
    cast(coalesce(c.lost, 0) as bigint) as lost,
    cast(c.won as double) / nullif(cast(c.won + c.lost as double), 0) as win_rate,
    cast(round(cast(c.won_value as double) / nullif(cast(c.won as double), 0), 2) as decimal(18, 2)) as average_won,
    coalesce(p.negotiations, 0) as open_negotiations,
    cast(coalesce(p.amount, 0) as decimal(18, 2)) as open_value
from sales_reps as r
left join credited as c on r.rep_id = c.rep_id
left join targets as t on r.rep_id = t.rep_id
left join pending as p on r.rep_id = p.rep_id
where $team is null or r.team = $team
order by coalesce(c.revenue, 0) desc, r.rep_id
