-- Quotes merged too far: splits and merges are followed over two steps, so this one counts apart from its negotiation.
-- grain: quote whose negotiation goes on elsewhere
-- level: warn
select q.quote_id
from input_quotes as q
inner join quote_versions as v on q.quote_id = v.quote_id
inner join input_quotes as target on coalesce(q.merged_into, q.split_from) = target.quote_id
inner join quote_versions as w on target.quote_id = w.quote_id
where v.negotiation_id <> w.negotiation_id
