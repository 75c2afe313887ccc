-- Where deals have been: each buying job (or stage) with how many ever reached it, how often they came back, and how
-- long. Of requests of the last 12 months; reached counts a deal however it got there. Rework rate is the share of
-- visits that are not a deal's first there. Days are of visits that ended, and of those that have not, so far. Win
-- rates are of decided deals that were there once and of those that came back, with the interval that holds nine in ten
-- (Wilson), and none of fewer than five.
-- grain: place
-- needs: steps
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
        any_value(counts_as_won) as counts_as_won,
        any_value(counts_as_lost) as counts_as_lost
    from recent_visits
    group by negotiation_id, place
),

of_deals as (
    select
        place,
        count(*) as deals,
        avg(first_visit) as usual_place,
        count(*) filter (where counts_as_won and visits = 1) as won_once,
        count(*) filter (where counts_as_lost and visits = 1) as lost_once,
        count(*) filter (where counts_as_won and visits > 1) as won_again,
        count(*) filter (where counts_as_lost and visits > 1) as lost_again
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
        count(*) filter (where next_place is null) as there_now
    from recent_visits
    group by place
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
    r.won_once + r.lost_once as decided_once,
    case when enough(r.won_once + r.lost_once) then win_rate(r.won_once, r.lost_once) end as win_rate_once,
    r.won_again + r.lost_again as decided_again,
    case when enough(r.won_again + r.lost_again) then win_rate(r.won_again, r.lost_again) end as win_rate_again,
    wilson_low(r.won_again, r.won_again + r.lost_again) as win_rate_again_low,
    wilson_high(r.won_again, r.won_again + r.lost_again) as win_rate_again_high
from of_deals as r
inner join of_visits as v on r.place = v.place
cross join everybody as e
order by r.usual_place, r.place
