-- Due item: one thing that is due, as it stands in the data of whoever asks.
-- It teaches nothing about other items, so it belongs to no group.
-- grain: one kind, customer and subject
-- params: kind text, customer text, subject text
-- units: kind label, customer_id id, subject id, group_key id, money money, probability ratio
select
    kind,
    customer_id,
    subject,
    '' as group_key,
    money,
    probability
from due_items
where kind = $kind and customer_id = $customer and subject = $subject
