-- Due item: one thing that is due, as it stands in the data of whoever asks.
-- It teaches nothing about other items, so it belongs to no group. Any open deal can be due, by a day that somebody
-- set.
-- grain: one kind, customer and subject
-- params: kind text, customer text, subject text
-- units: kind label, customer_id id, subject id, group_key id, money money, probability ratio
with items as (
    select kind, customer_id, subject, money, probability
    from due_items
    union
    select 'deal', n.customer_id, n.negotiation_id, n.amount, w.win_probability
    from negotiations as n
    left join win_probabilities as w on n.negotiation_id = w.negotiation_id
    where n.is_open
)

select
    kind,
    customer_id,
    subject,
    '' as group_key,
    money,
    probability
from items
where kind = $kind and customer_id = $customer and subject = $subject
