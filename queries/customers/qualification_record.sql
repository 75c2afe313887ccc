-- Qualification record: how many of the leads that were decided became customers, by third of the score.
-- The same score as for open leads, by the weights of now, over all leads that were converted or rejected.
-- grain: third of the score
-- params: weights json, segment text, owner text
-- units: third label, leads count, converted count, share ratio
-- excludes: leads of which nothing is known that has a weight
-- reads: parts.customers.qualification_scores
with thirds as (
    select
        status,
        ntile(3) over (order by qualification_score(points, known_weight) desc, lead_id) as place
    from qualification_scores
    where stage = 'lead' and status in ('converted', 'rejected') and known_weight > 0
)

select
    case place when 1 then 'top_third' when 2 then 'middle_third' else 'bottom_third' end as third,
    count(*) as leads,
    count(*) filter (where status = 'converted') as converted,
    count(*) filter (where status = 'converted') / cast(count(*) as double) as share
from thirds
group by place
order by place
