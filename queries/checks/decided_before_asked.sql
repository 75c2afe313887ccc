-- Decided before asked: negotiations closed before the day they were requested.
-- grain: negotiation
-- level: warn
select negotiation_id
from negotiations
where closed_on < requested_on
