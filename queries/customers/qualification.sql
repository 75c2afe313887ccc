-- Qualification: open leads in the order in which they deserve attention.
-- Score is 0 to 100: the company's turnover, the yearly volume expected and its outlets, each on a logarithmic scale (full
-- marks at 10^12, 10^9 and 10^4), weighted by segment; what is not known takes no part, and known says how much of the
-- weight is. Turnover weighs more than the first order: 50 thousand from a company of 10 billion comes before 100
-- thousand from one of 10 million.
-- grain: lead
-- params: weights json, segment text, owner text, page_start integer, page_rows integer
-- units: lead_id id, company text, segment label, lead_score score, known ratio, annual_turnover money,
--   expected_annual_volume money, outlets count, source text, status label, created_on date, owner text, leads count
-- excludes: leads that were converted or rejected
with weights as (
    select unnest(
        from_json(
            coalesce($weights, '[]'),
            '[{"segment": "varchar", "turnover": "double", "volume": "double", "outlets": "double"}]'
        ),
        max_depth := 2
    )
),

marks as (
    select
        l.lead_id,
        l.company,
        l.segment,
        l.annual_turnover,
        l.expected_annual_volume,
        l.outlets,
        l.source,
        l.status,
        l.created_on,
        l.rep_name as owner,
        w.turnover + w.volume + w.outlets as weight,
        case when l.turnover_mark is null then 0 else w.turnover end
        + case when l.volume_mark is null then 0 else w.volume end
        + case when l.outlets_mark is null then 0 else w.outlets end as known_weight,
        w.turnover * coalesce(l.turnover_mark, 0)
        + w.volume * coalesce(l.volume_mark, 0)
        + w.outlets * coalesce(l.outlets_mark, 0) as points
    from leads as l
    left join weights as w on l.segment = w.segment
    where
        l.status in ('new', 'accepted')
        and ($segment is null or l.segment = $segment)
        and ($owner is null or l.rep_id = $owner)
)

select
    lead_id,
    company,
    segment,
    100 * points / nullif(known_weight, 0) as lead_score,
    known_weight / nullif(weight, 0) as known,
    annual_turnover,
    expected_annual_volume,
    outlets,
    source,
    status,
    created_on,
    owner,
    cast(count(*) over () as bigint) as leads
from marks
order by lead_score desc nulls last, lead_id
limit $page_rows offset $page_start
