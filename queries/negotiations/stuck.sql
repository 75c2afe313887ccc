-- Stuck deals: open ones that have been in their stage for longer than nine of ten stays in it.
-- Usual is the median of the days that deals of the segment stay in the stage before they go on, go back or are decided;
-- the limit is what nine of ten stays do not exceed. Kaplan-Meier over all stays in the data, those that last still
-- counting for as long as they have. Where the segment has fewer than 20 stays there, or its limit is not reached, the
-- stays of all segments are taken; where these do not suffice either, no deal is called stuck.
-- grain: open negotiation
-- params: segment text, owner text, search text, sort text, page_start integer, page_rows integer
-- units: negotiation_id id, customer_id id, customer text, segment label, amount money, stage text, entered_on date,
--   days_there days, usual_days days, limit_days days, usual_of label, stuck count, stuck_value money
-- excludes: stays whose end is not known
with stays as (
    select
        segment,
        place,
        days,
        count(*) as stays,
        count(*) filter (where left_on is not null) as ended
    from negotiation_visits
    where kind = 'stage' and days is not null
    group by segment, place, days
),

compared as (
    select 'own_segment' as usual_of, segment, place, days, stays, ended
    from stays
    where segment is not null
    union all
    select 'all_segments' as usual_of, null as segment, place, days, sum(stays) as stays, sum(ended) as ended
    from stays
    group by place, days
),

risk_sets as (
    select
        *,
        sum(stays) over (partition by usual_of, segment, place order by days desc) as at_risk
    from compared
),

survival as (
    select
        *,
        product(1 - ended / at_risk) over (partition by usual_of, segment, place order by days) as still_there
    from risk_sets
),

limits as (
    select
        usual_of,
        segment,
        place,
        min(days) filter (where still_there <= 0.5 + 1e-9) as usual_days,
        min(days) filter (where still_there <= 0.1 + 1e-9) as limit_days
    from survival
    group by usual_of, segment, place
    having sum(stays) >= 20 and min(still_there) <= 0.1 + 1e-9
),

pending as (
    select
        n.negotiation_id,
        n.customer_id,
        n.customer_name as customer,
        n.segment,
        n.amount,
        v.place as stage,
        v.entered_on,
        v.days as days_there,
        coalesce(own.usual_days, overall.usual_days) as usual_days,
        coalesce(own.limit_days, overall.limit_days) as limit_days,
        coalesce(own.usual_of, overall.usual_of) as usual_of
    from negotiation_visits as v
    inner join negotiations as n on v.negotiation_id = n.negotiation_id
    left join limits as own on v.segment = own.segment and v.place = own.place
    left join limits as overall on v.place = overall.place and overall.usual_of = 'all_segments'
    where
        v.kind = 'stage'
        and v.left_on is null
        and ($segment is null or n.segment = $segment)
        and ($owner is null or n.rep_id = $owner)
)

select
    negotiation_id,
    customer_id,
    customer,
    segment,
    amount,
    stage,
    entered_on,
    days_there,
    usual_days,
    limit_days,
    usual_of,
    cast(count(*) over () as bigint) as stuck,
    cast(sum(amount) over () as decimal(18, 2)) as stuck_value
from pending
where
    days_there > limit_days
    and (
        $search is null
        or contains(lower(customer), lower($search))
        or lower(negotiation_id) = lower($search)
    )
order by
    case when $sort = 'customer' then lower(customer) end,
    case when $sort = 'overstay' then days_there - limit_days else cast(amount as double) end desc nulls last,
    negotiation_id
limit $page_rows offset $page_start
