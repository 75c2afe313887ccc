-- Pace of deciding: the share of requests decided within 14, 30 and 60 days, by quarter of request.
-- Of the last eight quarters. A share is told only where the whole quarter is that many days ago, so that the newest
-- quarters are not punished for their youth; the interval of that within 30 days holds nine of ten (Wilson). The median
-- is that of Kaplan-Meier, deals still open counting for as long as they could be watched; empty where it is not
-- reached yet. Nothing is told of fewer than five requests.
-- grain: quarter of request
-- needs: decisions
-- params: date_to date, segment text, owner text
-- units: quarter month, requests count, still_open count, decided_14 ratio, decided_30 ratio, decided_30_low ratio,
--   decided_30_high ratio, decided_60 ratio, median_days days
-- excludes: decisions whose day is not known
-- reads: parts.negotiations.lifetimes
with chosen as (
    select
        cast(date_trunc('quarter', requested_on) as date) as member,
        days,
        is_closed as is_ended
    from lifetimes
    where requested_on >= date_trunc('quarter', cast($date_to as date)) - interval 21 month
),

summed as (
    select
        member as quarter,
        date_diff('day', member + interval 3 month, cast($date_to as date)) + 1 as watched_days,
        sum(cases) as requests,
        sum(cases) - sum(ended) as still_open,
        coalesce(sum(ended) filter (where days <= 14), 0) as within_14,
        coalesce(sum(ended) filter (where days <= 30), 0) as within_30,
        coalesce(sum(ended) filter (where days <= 60), 0) as within_60,
        survival_days(days, surviving, 0.5) as median_days
    from survival(chosen)
    group by member
)

select
    quarter,
    cast(requests as bigint) as requests,
    cast(still_open as bigint) as still_open,
    case when watched_days >= 14 then rate(within_14, requests) end as decided_14,
    case when watched_days >= 30 then rate(within_30, requests) end as decided_30,
    case when watched_days >= 30 then wilson_low(within_30, requests) end as decided_30_low,
    case when watched_days >= 30 then wilson_high(within_30, requests) end as decided_30_high,
    case when watched_days >= 60 then rate(within_60, requests) end as decided_60,
    case when enough(requests) then median_days end as median_days
from summed
order by quarter desc
