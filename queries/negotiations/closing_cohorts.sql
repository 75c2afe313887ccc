-- Pace of deciding: the share of requests decided within 14, 30 and 60 days, by quarter of request.
-- Of the last eight quarters. A share is told only where the whole quarter is that many days ago, so that the newest
-- quarters are not punished for their youth; the interval of that within 30 days holds nine of ten (Wilson). The median
-- is that of Kaplan-Meier, deals still open counting for as long as they could be watched; empty where it is not reached
-- yet. Nothing is told of fewer than five requests.
-- grain: quarter of request
-- params: date_to date, segment text, owner text
-- units: quarter month, requests count, still_open count, decided_14 ratio, decided_30 ratio, decided_30_low ratio,
--   decided_30_high ratio, decided_60 ratio, median_days days
-- excludes: decisions whose day is not known
-- reads: parts.negotiations.lifetimes
with chosen as (
    select
        cast(date_trunc('quarter', requested_on) as date) as quarter,
        days,
        is_closed
    from lifetimes
    where requested_on >= date_trunc('quarter', cast($date_to as date)) - interval 21 month
),

risk_sets as (
    select
        quarter,
        days,
        count(*) as requests,
        count(*) filter (where is_closed) as closed,
        sum(count(*)) over (partition by quarter order by days desc) as at_risk
    from chosen
    group by quarter, days
),

survival as (
    select
        *,
        product(1 - closed / at_risk) over (partition by quarter order by days) as still_open
    from risk_sets
),

summed as (
    select
        quarter,
        date_diff('day', quarter + interval 3 month, cast($date_to as date)) + 1 as watched_days,
        sum(requests) as requests,
        sum(requests) - sum(closed) as still_open,
        coalesce(sum(closed) filter (where days <= 14), 0) as within_14,
        coalesce(sum(closed) filter (where days <= 30), 0) as within_30,
        coalesce(sum(closed) filter (where days <= 60), 0) as within_60,
        min(days) filter (where still_open <= 0.5 + 1e-9) as median_days
    from survival
    group by quarter
),

centres as (
    select
        *,
        (within_30 + 1.3530125) / (requests + 2.706025) as centre,
        1.645 * sqrt(within_30 * (requests - within_30) / requests + 0.67650625) / (requests + 2.706025) as spread
    from summed
)

select
    quarter,
    cast(requests as bigint) as requests,
    cast(still_open as bigint) as still_open,
    case when requests >= 5 and watched_days >= 14 then within_14 / requests end as decided_14,
    case when requests >= 5 and watched_days >= 30 then within_30 / requests end as decided_30,
    case when requests >= 5 and watched_days >= 30 then greatest(centre - spread, 0) end as decided_30_low,
    case when requests >= 5 and watched_days >= 30 then least(centre + spread, 1) end as decided_30_high,
    case when requests >= 5 and watched_days >= 60 then within_60 / requests end as decided_60,
    case when requests >= 5 then median_days end as median_days
from centres
order by quarter desc
