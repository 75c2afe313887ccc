-- Lifetimes of deals: days from the request to the decision, of open ones as long as they could be watched so far.
-- grain: negotiation
-- params: segment text, owner text
-- excludes: decisions whose day is not known
select
    requested_on,
    segment,
    amount,
    outcome,
    outcome is not null as is_closed,
    greatest(coalesce(days_to_close, age_days), 0) as days
from negotiations
where
    (outcome is null or days_to_close is not null)
    and ($segment is null or segment = $segment)
    and ($owner is null or rep_id = $owner)
