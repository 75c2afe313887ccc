-- Scored outcomes: what past leads of each size became, with the points of their score by the weights of now.
-- The points are those of the open leads of the same size.
-- grain: segment and marks
-- params: weights json, segment text
-- reads: parts.customers.entered_weights
select
    o.*,
    w.turnover,
    w.volume,
    w.outlets,
    case when o.turnover_mark is null then 0 else w.turnover end
    + case when o.volume_mark is null then 0 else w.volume end
    + case when o.outlets_mark is null then 0 else w.outlets end as known_weight,
    w.turnover * coalesce(o.turnover_mark, 0)
    + w.volume * coalesce(o.volume_mark, 0)
    + w.outlets * coalesce(o.outlets_mark, 0) as points
from lead_outcomes as o
inner join entered_weights as w on o.segment = w.segment
where $segment is null or o.segment = $segment
