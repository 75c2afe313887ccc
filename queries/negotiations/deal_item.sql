-- Deal to close: one negotiation, as it stands in the data of whoever decides about its close.
-- It teaches nothing about others, so it belongs to no group.
-- grain: one kind, customer and subject
-- params: customer text, subject text
-- units: customer_id id, subject id, group_key id, money money, probability ratio, is_open flag, expected_close_on date
select
    n.customer_id,
    n.negotiation_id as subject,
    '' as group_key,
    n.amount as money,
    w.win_probability as probability,
    n.is_open,
    n.expected_close_on
from negotiations as n
left join win_probabilities as w on n.negotiation_id = w.negotiation_id
where n.customer_id = $customer and n.negotiation_id = $subject
