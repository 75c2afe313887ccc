-- Work item: one thing worth acting on, as it stands in the data of whoever asks.
-- What is promised when it is accepted: money in 90 days and its probability.
-- grain: one kind, customer and subject
-- params: kind text, customer text, subject text
-- units: kind label, customer_id id, subject id, group_key id, money money, probability ratio
select
    kind,
    customer_id,
    subject,
    group_key,
    money,
    probability
from work_items
where kind = $kind and customer_id = $customer and subject = $subject
