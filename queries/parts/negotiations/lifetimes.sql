-- Lifetimes of deals: days from the request to the decision, of open ones as long as they could be watched so far.
-- grain: negotiation
-- params: segment text, owner text
-- excludes: decisions whose day is not known
select
    requested_on,
    segment,
    amount,
    counts_as_won,
    not is_open as is_closed,
    watched_days as days
from negotiations
where
    counts_in_closing_time
    and ($segment is null or segment = $segment)
    and ($owner is null or rep_id = $owner)
