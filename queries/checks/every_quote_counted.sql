-- Every quote counted: each loaded quote must belong to a negotiation as one of its versions.
-- grain: quote that got lost on the way, such as for want of an exchange rate
-- level: fail
select q.quote_id
from input_quotes as q
left join quote_versions as v on q.quote_id = v.quote_id
left join negotiations as n on v.negotiation_id = n.negotiation_id
where n.negotiation_id is null
