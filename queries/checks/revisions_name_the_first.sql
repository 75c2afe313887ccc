-- Revisions name the first quote: one that names another revision instead counts as a negotiation of its own.
-- grain: quote that revises a revision
-- level: warn
select q.quote_id
from input_quotes as q
inner join input_quotes as earlier on q.revision_of = earlier.quote_id
where earlier.revision_of is not null
