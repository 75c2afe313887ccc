-- Forecasts: revenue to come by week and by month, of the company, each team and each rep, as told on each day.
-- It adds today's forecasts to those that earlier builds told, as they were told: only so can they be judged. What was
-- told of a period that ended two years ago is forgotten. P50 of the reps add up to their team's and those of the teams
-- to the company's; P10 and P90 hold the outcome in eight cases of ten, each at its own level, and do not add up. The
-- month that is open counts in full, what is booked included. Without team: people who have none, and revenue that
-- nobody is credited with. Horizon 1 is the first week that begins after the day it was told, or the month that holds
-- the day after.
-- grain: day it was told, level, team, rep, granularity and period
-- params: as_of date
-- scope: rep_id
-- teams: team
-- ecommerce: none
-- keeps: made_on, level, team, rep_id, granularity, horizon, period_start, period_end, p10, p50, p90
-- sort: made_on, level, team, rep_id, granularity, period_start
with told as (
    select
        made_on,
        level,
        team,
        rep_id,
        granularity,
        horizon,
        period_start,
        period_end,
        p10,
        p50,
        p90
    from kept_forecasts
    where made_on < $as_of and period_end > cast(cast($as_of as date) - interval 24 month as date)
    union all
    select
        $as_of as made_on,
        level,
        team,
        rep_id,
        granularity,
        horizon,
        period_start,
        period_end,
        cast(round(p10, 2) as decimal(18, 2)) as p10,
        cast(round(p50, 2) as decimal(18, 2)) as p50,
        cast(round(p90, 2) as decimal(18, 2)) as p90
    from analysis_forecasts
)

select
    cast(made_on as date) as made_on,
    cast(level as varchar) as level,
    cast(team as varchar) as team,
    cast(rep_id as varchar) as rep_id,
    cast(granularity as varchar) as granularity,
    cast(horizon as bigint) as horizon,
    cast(period_start as date) as period_start,
    cast(period_end as date) as period_end,
    cast(p10 as decimal(18, 2)) as p10,
    cast(p50 as decimal(18, 2)) as p50,
    cast(p90 as decimal(18, 2)) as p90
from told
