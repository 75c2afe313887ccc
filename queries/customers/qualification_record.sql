-- Qualification record: how many of the leads that were decided became customers, by third of the score.
-- The same score as for open leads, by the weights of now, over all leads that were converted or rejected.
-- grain: third of the score
-- params: weights json, segment text, owner text
-- units: third label, leads count, converted count, share ratio
-- excludes: leads of which nothing is known that has a weight
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
        l.status,
        case when l.turnover_mark is null then 0 else w.turnover end
        + case when l.volume_mark is null then 0 else w.volume end
        + case when l.outlets_mark is null then 0 else w.outlets end as known_weight,
        w.turnover * coalesce(l.turnover_mark, 0)
        + w.volume * coalesce(l.volume_mark, 0)
        + w.outlets * coalesce(l.outlets_mark, 0) as points
    from leads as l
    inner join weights as w on l.segment = w.segment
    where
        l.status in ('converted', 'rejected')
        and ($segment is null or l.segment = $segment)
        and ($owner is null or l.rep_id = $owner)
),

thirds as (
    select
        status,
        ntile(3) over (order by points / known_weight desc, lead_id) as place
    from marks
    where known_weight > 0
)

select
    case place when 1 then 'top_third' when 2 then 'middle_third' else 'bottom_third' end as third,
    count(*) as leads,
    count(*) filter (where status = 'converted') as converted,
    count(*) filter (where status = 'converted') / cast(count(*) as double) as share
from thirds
group by place
order by place
