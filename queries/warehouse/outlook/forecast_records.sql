-- Forecast record: how forecasts of revenue came out once their week or month was over.
-- Frozen are those that earlier builds told, held against what came. Until six periods of a kind are over, the past is
-- replayed: forecasts are made as of each of the weeks before, from what was known then, over the same days ahead.
--   Error is the sum of the misses over the sum of revenue (WAPE), accuracy is one less that; bias above zero told too
--   much. Coverage is how many came between P10 and P90, which should be eight in ten. Teams and reps count together,
--   by level.
-- grain: level, granularity and horizon
-- params: as_of date
-- scope: all
-- ecommerce: none
-- sort: level, granularity, horizon
with numbered as (
    select
        o.credited_rep_id as rep_id,
        t.team,
        o.revenue,
        date_diff('day', date '1990-01-01', o.ordered_on) as day_number,
        date_diff('day', date '1990-01-01', cast(date_trunc('month', o.ordered_on) as date)) as month_number
    from orders as o
    left join stg_rep_teams as t
        on o.credited_rep_id = t.rep_id and o.ordered_on >= t.starts_on and o.ordered_on < t.past_end
),

sold as (
    select 'week' as granularity, day_number - day_number % 7 as period_number, rep_id, team, revenue
    from numbered
    union all
    select 'month' as granularity, month_number as period_number, rep_id, team, revenue
    from numbered
),

came as (
    select 'company' as level, '' as team, '' as rep_id, granularity, period_number, sum(revenue) as revenue
    from sold
    group by granularity, period_number
    union all
    select
        'team' as level, coalesce(team, '') as team, '' as rep_id, granularity, period_number, sum(revenue) as revenue
    from sold
    group by coalesce(team, ''), granularity, period_number
    union all
    select
        'rep' as level,
        '' as team,
        coalesce(rep_id, '') as rep_id,
        granularity,
        period_number,
        sum(revenue) as revenue
    from sold
    group by coalesce(rep_id, ''), granularity, period_number
),

judged as (
    select
        f.level,
        f.granularity,
        f.horizon,
        f.period_start,
        f.p10,
        f.p50,
        f.p90,
        coalesce(c.revenue, 0) as revenue
    from forecasts as f
    left join came as c
        on
            f.level = c.level
            and case when f.level = 'team' then coalesce(f.team, '') else '' end = c.team
            and coalesce(f.rep_id, '') = c.rep_id
            and f.granularity = c.granularity
            and date_diff('day', date '1990-01-01', f.period_start) = c.period_number
    where f.period_end <= $as_of
),

frozen as (
    select
        level,
        granularity,
        horizon,
        'frozen' as source,
        count(*) as forecasts,
        count(distinct period_start) as periods,
        cast(sum(abs(p50 - revenue)) as double) / nullif(cast(sum(abs(revenue)) as double), 0) as wape,
        cast(sum(p50 - revenue) as double) / nullif(cast(sum(abs(revenue)) as double), 0) as bias,
        avg(case when revenue between p10 and p90 then 1 else 0 end) as coverage
    from judged
    group by level, granularity, horizon
    having count(distinct period_start) >= 6
),

replayed as (
    select
        r.level,
        r.granularity,
        r.horizon,
        'replayed' as source,
        r.forecasts,
        r.periods,
        r.wape,
        r.bias,
        r.coverage
    from analysis_forecast_records as r
    left join frozen as f on r.level = f.level and r.granularity = f.granularity and r.horizon = f.horizon
    where f.level is null
),

records as (
    select * from frozen
    union all
    select * from replayed
)

select
    cast(level as varchar) as level,
    cast(granularity as varchar) as granularity,
    cast(horizon as bigint) as horizon,
    cast(source as varchar) as source,
    cast(forecasts as bigint) as forecasts,
    cast(periods as bigint) as periods,
    cast(wape as double) as wape,
    cast(1 - wape as double) as accuracy,
    cast(bias as double) as bias,
    cast(coverage as double) as coverage
from records
