-- Survival: the share of members' cases that last longer than so many days (Kaplan-Meier).
-- Cases that have not ended count for as long as they could be watched. At risk are those that lasted at least that
-- long; the relative error is Greenwood's.
-- grain: member and days
-- params: lifetimes rows
-- takes: member text, days days, is_ended flag
-- units: member text, days days, cases count, ended count, at_risk count, surviving ratio, relative_error score
with risk_sets as (
    select
        member,
        days,
        count(*) as cases,
        count(*) filter (where is_ended) as ended,
        sum(count(*)) over (partition by member order by days desc) as at_risk
    from query_table(lifetimes)
    group by member, days
)

select
    *,
    product(1 - ended / at_risk) over by_days as surviving,
    sqrt(coalesce(sum(ended / (at_risk * nullif(at_risk - ended, 0))) over by_days, 0)) as relative_error
from risk_sets
window by_days as (partition by member order by days)
