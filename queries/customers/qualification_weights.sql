-- Qualification weights: which weight makes the score tell, and which turns it round, by segment.
-- Past leads of the segment old enough, in the whole company, in thirds by one measure alone and by the score without
-- it; beside them the score itself. High against low: whether the top third became customers more often (ahead) or less
-- often (behind) than the bottom third. What turns the score round comes first.
-- grain: segment and measure
-- params: weights json, segment text
-- units: segment label, measure label, weight score, leads count, top_share ratio, bottom_share ratio, high_low label,
--   top_share_without ratio, bottom_share_without ratio, high_low_without label
-- excludes: measures known of no lead
-- reads: parts.customers.scored_outcomes
with of_measures as (
    select
        segment,
        leads,
        converted,
        points,
        known_weight,
        unnest(['lead_score', 'weight_turnover', 'weight_volume', 'weight_outlets']) as measure,
        unnest([qualification_score(points, known_weight), turnover_mark, volume_mark, outlets_mark]) as mark,
        unnest([null, turnover, volume, outlets]) as weight
    from scored_outcomes
),

marked as (
    select
        segment || ' ' || measure as member,
        mark as score,
        leads as cases,
        converted as hits
    from of_measures
),

marked_without as (
    select
        segment || ' ' || measure as member,
        qualification_score(
            points - weight * coalesce(mark, 0), known_weight - case when mark is null then 0 else weight end
        ) as score,
        leads as cases,
        converted as hits
    from of_measures
    where measure <> 'lead_score'
),

alone as (
    select
        member,
        sum(cases) as leads,
        max(share) filter (where third = 'top_third') as top_share,
        max(share) filter (where third = 'bottom_third') as bottom_share,
        max(standing) as standing
    from score_thirds(marked)
    group by member
),

without as (
    select
        member,
        max(share) filter (where third = 'top_third') as top_share,
        max(share) filter (where third = 'bottom_third') as bottom_share,
        max(standing) as standing
    from score_thirds(marked_without)
    group by member
),

measures as (
    select
        segment,
        measure,
        max(weight) as weight
    from of_measures
    group by segment, measure
)

select
    m.segment,
    m.measure,
    m.weight,
    cast(a.leads as bigint) as leads,
    a.top_share,
    a.bottom_share,
    a.standing as high_low,
    w.top_share as top_share_without,
    w.bottom_share as bottom_share_without,
    w.standing as high_low_without
from measures as m
inner join alone as a on m.segment || ' ' || m.measure = a.member
left join without as w on m.segment || ' ' || m.measure = w.member
order by
    case a.standing when 'behind' then 1 when 'cannot_tell' then 2 when 'ahead' then 3 else 4 end,
    m.weight desc nulls last,
    m.segment,
    m.measure
