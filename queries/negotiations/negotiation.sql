-- Negotiation: one negotiation with its amount, dates and outcome.
-- grain: one negotiation
-- params: negotiation text
-- units: negotiation_id id, customer_id id, customer text, segment label, amount money, requested_on date,
--   issued_on date, expected_close_on date, valid_until date, outcome label, closed_on date, outcome_reason text,
--   days_to_close days, age_days days, stage text, revisions count
select
    negotiation_id,
    customer_id,
    customer_name as customer,
    segment,
    amount,
    requested_on,
    issued_on,
    expected_close_on,
    valid_until,
    outcome,
    closed_on,
    outcome_reason,
    days_to_close,
    age_days,
    stage,
    revisions
from negotiations
where negotiation_id = $negotiation
