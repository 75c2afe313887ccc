-- Negotiation: one deal with its worth, dates, outcome, and how likely it is to be won and when.
-- Probability and close come from deals that looked like it at the same age; reasons are what raises and lowers the
-- probability most.
-- grain: one negotiation
-- params: negotiation text
-- units: negotiation_id id, customer_id id, customer text, segment label, channel label, source text, category text,
--   amount money, discount_depth ratio, requested_on date, issued_on date, response_days days, expected_close_on date,
--   slips count, valid_until date, outcome label, closed_on date, outcome_reason text, days_to_close days,
--   age_days days, stage text, revisions count, people count, roles count, is_reopened flag, win_probability ratio,
--   won_30_days ratio, closes_on date, close_from date, close_until date, has_signal flag, reasons text
select
    n.negotiation_id,
    n.customer_id,
    n.customer_name as customer,
    n.segment,
    n.channel,
    n.source,
    n.category,
    n.amount,
    n.discount_depth,
    n.requested_on,
    n.issued_on,
    n.response_days,
    n.expected_close_on,
    n.slips,
    n.valid_until,
    n.outcome,
    n.closed_on,
    n.outcome_reason,
    n.days_to_close,
    n.age_days,
    n.stage,
    n.revisions,
    n.people,
    n.roles,
    n.is_reopened,
    w.win_probability,
    w.won_30_days,
    w.expected_close_on as closes_on,
    w.close_from,
    w.close_until,
    w.has_signal,
    w.reasons
from negotiations as n
left join win_probabilities as w on n.negotiation_id = w.negotiation_id
where n.negotiation_id = $negotiation
