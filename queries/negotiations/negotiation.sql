-- Negotiation: one deal with its worth, dates, outcome, and how likely it is to be won and when.
-- Probability and close come from deals that looked like it at the same age; reasons are what raises and lowers the
-- probability most. No close is told of one that is open for longer than nine of ten decisions took. What somebody
-- decided about its close stands until the data agree (taken over) or go on (contradicted); the expected day is the one
-- that was set while that stands. The next step is the one that the list of open negotiations tells.
-- grain: one negotiation
-- params: decided json, as_of date, negotiation text
-- units: negotiation_id id, customer_id id, customer text, segment label, channel label, source text, category text,
--   amount money, discount_depth ratio, requested_on date, issued_on date, response_days days, expected_close_on date,
--   loaded_close_on date, close_on date, day_standing label, close_decision label, close_standing label, close_version
--   count, is_past_expected flag, is_overlong flag, next_step label, slips count, valid_until date, outcome label,
--   closed_on date, outcome_reason text, days_to_close days, age_days days, stage text, revisions count, people count,
--   roles count, is_reopened flag, win_probability ratio, won_30_days ratio, closes_on date, close_from date,
--   close_until date, has_signal flag, reasons text
-- reads: parts.negotiations.current_deals
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
    n.loaded_close_on,
    n.close_on,
    n.day_standing,
    n.close_decision,
    n.close_standing,
    n.close_version,
    n.is_past_expected,
    n.is_overlong,
    n.next_step,
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
    n.closes_on,
    case when n.closes_on is not null then w.close_from end as close_from,
    case when n.closes_on is not null then w.close_until end as close_until,
    w.has_signal,
    w.reasons
from current_deals as n
left join win_probabilities as w on n.negotiation_id = w.negotiation_id
where n.negotiation_id = $negotiation
