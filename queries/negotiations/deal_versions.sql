-- Versions of the quote: each offer made in one deal, with its worth, discount and expected day of decision.
-- grain: quote
-- params: negotiation text
-- units: quote_id id, requested_on date, issued_on date, amount money, discount_depth ratio, valid_until date,
--   expected_close_on date, outcome label, is_current flag
select
    quote_id,
    requested_on,
    issued_on,
    amount,
    discount_depth,
    valid_until,
    expected_close_on,
    outcome,
    is_current
from quote_versions
where negotiation_id = $negotiation
order by version
