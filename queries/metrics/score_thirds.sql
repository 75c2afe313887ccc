-- Score thirds: how often what has a high, a middle and a low score had a hit, and whether the score tells.
-- Cases are ranked by the score; those of one score take the middle of their ranks and so stay in one third. The score
-- tells (ahead) where the intervals of its top and of its bottom third do not overlap, and is turned round (behind)
-- where they do not overlap the other way; with fewer than ten cases in either third nothing can be said.
-- grain: member and third
-- params: marked rows
-- takes: member text, score score, cases count, hits count
-- units: member text, third label, cases count, hits count, share ratio, share_low ratio, share_high ratio, standing
--   label
with ranked as (
    select
        member,
        cases,
        hits,
        2 * sum(cases) over (partition by member order by round(score, 6))
        - sum(cases) over (partition by member, round(score, 6)) as twice_the_rank,
        sum(cases) over (partition by member) as all_cases
    from query_table(marked)
    where score is not null
),

thirds as (
    select
        member,
        case
            when 3 * twice_the_rank > 4 * all_cases then 'top_third'
            when 3 * twice_the_rank > 2 * all_cases then 'middle_third'
            else 'bottom_third'
        end as third,
        cast(sum(cases) as bigint) as cases,
        cast(sum(hits) as bigint) as hits
    from ranked
    group by all
),

ends as (
    select
        *,
        coalesce(max(cases) filter (where third = 'top_third') over of_member, 0) as top_cases,
        coalesce(max(hits) filter (where third = 'top_third') over of_member, 0) as top_hits,
        coalesce(max(cases) filter (where third = 'bottom_third') over of_member, 0) as bottom_cases,
        coalesce(max(hits) filter (where third = 'bottom_third') over of_member, 0) as bottom_hits
    from thirds
    window of_member as (partition by member)
)

select
    member,
    third,
    cases,
    hits,
    rate(hits, cases) as share,
    wilson_low(hits, cases) as share_low,
    wilson_high(hits, cases) as share_high,
    case
        when least(top_cases, bottom_cases) < 10 then 'too_few'
        else standing(top_hits, top_cases, bottom_hits, bottom_cases)
    end as standing
from ends
