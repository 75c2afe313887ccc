-- Timeline: contacts, orders, steps of quotes and answers of the customer, newest first.
-- grain: event
-- params: customer text, page_start integer, page_rows integer
-- units: happened_on date, event label, detail label, subject text, contact text, amount money, order_id id,
--   events count
with happened as (
    select
        ordered_on as happened_on,
        case when is_credit_note then 'credit_note' else 'order' end as event,
        channel as detail,
        order_id as subject,
        null as contact_id,
        revenue as amount,
        order_id,
        order_id as entry_id
    from orders
    where customer_id = $customer
    union all
    select occurred_on, coalesce(kind, 'contact'), null, quote_id, contact_id, null, null, activity_id
    from activities
    where customer_id = $customer
    union all
    select occurred_on, 'quote_step', coalesce(stage, buying_job), negotiation_id, contact_id, null, null, event_id
    from negotiation_steps
    where customer_id = $customer
    union all
    select given_on, 'answer', concat_ws(': ', score || ' / 10', "comment"), order_id, null, null, order_id, feedback_id
    from feedback
    where customer_id = $customer
)

select
    h.happened_on,
    h.event,
    h.detail,
    h.subject,
    p.name as contact,
    h.amount,
    h.order_id,
    cast(count(*) over () as bigint) as events
from happened as h
left join contacts as p on h.contact_id = p.contact_id
order by h.happened_on desc, h.event, h.entry_id desc
limit $page_rows offset $page_start
