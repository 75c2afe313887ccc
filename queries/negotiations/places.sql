-- Where deals have been: each buying job (or stage) with how many ever reached it, how often they came back, and how long.
-- Of requests of the last 12 months; reached counts a deal however it got there. Rework rate is the share of visits that are
-- not a deal's first there. Days are of visits that ended, and of those that have not, so far. Win rates are of decided
-- deals that were there once and of those that came back, with the interval that holds nine in ten (Wilson), and
-- none of fewer than five.
-- grain: place
-- params: date_to date, segment text, owner text, places text
-- units: place label, deals count, reached ratio, visits count, visits_per_deal score, rework_rate ratio,
--   median_days days, p90_days days, there_now count, decided_once count, win_rate_once ratio, decided_again count,
--   win_rate_again ratio, win_rate_again_low ratio, win_rate_again_high ratio
-- reads: parts.negotiations.recent_visits
with everybody as (
    select count(distinct negotiation_id) as deals
    from recent_visits
),

stays as (
    select
        negotiation_id,
        place,
        min(visit) as first_visit,
        count(*) as visits,
        any_value(outcome) as outcome
    from recent_visits
    group by negotiation_id, place
),

of_deals as (
    select
        place,
        count(*) as deals,
        avg(first_visit) as usual_place,
        count(*) filter (where outcome is not null and visits = 1) as decided_once,
        count(*) filter (where outcome = 'won' and visits = 1) as won_once,
        count(*) filter (where outcome is not null and visits > 1) as decided_again,
        count(*) filter (where outcome = 'won' and visits > 1) as won_again
    from stays
    group by place
),

of_visits as (
    select
        place,
        count(*) as visits,
        count(*) filter (where is_revisit) as revisits,
        median(days) as median_days,
        quantile_cont(days, 0.9) as p90_days,
        count(*) filter (where outcome is null and next_place is null) as there_now
    from recent_visits
    group by place
),

rates as (
    select
        *,
        case when decided_once >= 5 then won_once / decided_once end as once,
        case when decided_again >= 5 then won_again / decided_again end as again,
        decided_again + 2.706025 as weight
    from of_deals
)

select
    r.place,
    r.deals,
    r.deals / e.deals as reached,
    v.visits,
    v.visits / r.deals as visits_per_deal,
    v.revisits / v.visits as rework_rate,
    v.median_days,
    v.p90_days,
    v.there_now,
    r.decided_once,
    r.once as win_rate_once,
    r.decided_again,
    r.again as win_rate_again,
    (r.won_again + 1.3530125 - 1.645 * sqrt(r.won_again * (1 - r.again) + 0.67650625)) / r.weight as win_rate_again_low,
    (r.won_again + 1.3530125 + 1.645 * sqrt(r.won_again * (1 - r.again) + 0.67650625)) / r.weight as win_rate_again_high
from rates as r
inner join of_visits as v on r.place = v.place
cross join everybody as e
order by r.usual_place, r.place
