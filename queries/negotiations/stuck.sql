-- Stuck deals: open ones that have been in their stage for longer than nine of ten stays in it.
-- Usual is the median of the days that deals of the segment stay in the stage before they go on, go back or are
-- decided; the limit is what nine of ten stays do not exceed. Kaplan-Meier over all stays in the data, those that last
-- still counting for as long as they have. Where the segment has fewer than 20 stays there, or its limit is not
-- reached, the stays of all segments are taken; where these do not suffice either, no deal is called stuck.
-- grain: open negotiation
-- needs: stages
-- params: decided json, as_of date, segment text, owner text, search text, sort text, page_start integer, page_rows
--   integer
-- units: negotiation_id id, customer_id id, customer text, segment label, amount money, stage text, entered_on date,
--   days_there days, usual_days days, limit_days days, usual_of label, stuck count, stuck_value money
-- excludes: stays whose end is not known, deals that somebody closed here
-- reads: parts.negotiations.current_deals
with stays as (
    select
        unnest([{'segment': segment, 'place': place}, {'segment': null, 'place': place}]) as member,
        days,
        left_on is not null as is_ended
    from negotiation_visits
    where kind = 'stage' and days is not null and segment is not null
    union all
    select {'segment': null, 'place': place} as member, days, left_on is not null as is_ended
    from negotiation_visits
    where kind = 'stage' and days is not null and segment is null
),

limits as (
    select
        case when member.segment is null then 'all_segments' else 'own_segment' end as usual_of,
        member.segment as segment,
        member.place as place,
        survival_days(days, surviving, 0.5) as usual_days,
        survival_days(days, surviving, 0.9) as limit_days
    from survival(stays)
    group by member
    having sum(cases) >= 20 and survival_days(days, surviving, 0.9) is not null
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
    inner join current_deals as n on v.negotiation_id = n.negotiation_id
    left join limits as own on v.segment = own.segment and v.place = own.place
    left join limits as overall on v.place = overall.place and overall.usual_of = 'all_segments'
    where
        v.kind = 'stage'
        and v.left_on is null
        and n.counts_as_open
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
