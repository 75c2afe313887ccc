-- Every quote counted: each loaded quote must belong to a negotiation.
-- grain: quote lost on the way
-- level: fail
select q.quote_id
from input_quotes as q
left join negotiations as n on coalesce(q.revision_of, q.quote_id) = n.negotiation_id
where n.negotiation_id is null
