-- Revenue to come: what was sold in each month (or week), and what is expected of those that are not over.
-- Expected is told at the last build, at the highest level of the data: the whole company, a team or a person. The
-- interval holds the outcome in eight cases of ten; those of several teams do not add up and are left out. Of the month
-- that is open the expected counts in full, what is booked included. A team sold what its people sold while they were
-- in it, and expected is what those of today will. Weeks that are over are shown of the whole company alone.
-- grain: period
-- params: as_of date, team text, granularity text
-- units: period_start date, revenue money, forecast money, p10 money, p90 money, level label
with told as (
    select *
    from forecasts
    where
        made_on = $as_of
        and granularity = $granularity
        and ($team is null or (team = $team and level <> 'company'))
),

highest as (
    select
        case min(case level when 'company' then 1 when 'team' then 2 else 3 end)
            when 1 then 'company' when 2 then 'team' else 'rep'
        end as level
    from told
),

to_come as (
    select
        told.period_start,
        any_value(told.period_end) as period_end,
        any_value(told.level) as level,
        sum(told.p50) as forecast,
        case when count(*) = 1 then any_value(told.p10) end as p10,
        case when count(*) = 1 then any_value(told.p90) end as p90
    from told
    inner join highest on told.level = highest.level
    group by told.period_start
),

by_company as (
    select
        case
            when $granularity = 'month' then date_trunc('month', ordered_on) else date_trunc('week', ordered_on)
        end::date
            as period_start,
        revenue
    from orders
    where ordered_on > $as_of::date - case when $granularity = 'month' then interval 24 month else interval 26 week end
),

by_people as (
    select month as period_start, revenue
    from rep_months
    where
        $granularity = 'month'
        and month > $as_of::date - interval 24 month
        and ($team is null or team = $team)
),

sold as (
    select b.period_start, sum(b.revenue) as revenue
    from by_company as b
    inner join highest on highest.level = 'company'
    group by b.period_start
    union all
    select b.period_start, sum(b.revenue)
    from by_people as b
    inner join highest on highest.level <> 'company'
    group by b.period_start
),

-- The first one is cut where the window begins, and a week that is not over would look like a fall.
complete as (
    select *
    from sold
    qualify
        row_number() over (order by period_start) > 1
        and ($granularity = 'month' or period_start + 6 <= $as_of::date)
)

select
    coalesce(c.period_start, t.period_start) as period_start,
    cast(c.revenue as decimal(18, 2)) as revenue,
    cast(t.forecast as decimal(18, 2)) as forecast,
    t.p10,
    t.p90,
    t.level
from complete as c
full join to_come as t on c.period_start = t.period_start
order by 1
