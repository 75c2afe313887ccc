-- Steps of negotiations: every dated event of a quote, with stage, buying job and the person at the customer.
-- grain: event
-- scope: rep_id
-- sort: customer_id, occurred_on, event_id
select
    cast(e.event_id as varchar) as event_id,
    cast(n.negotiation_id as varchar) as negotiation_id,
    cast(n.customer_id as varchar) as customer_id,
    cast(n.rep_id as varchar) as rep_id,
    cast(e.occurred_at as date) as occurred_on,
    cast(e.stage as varchar) as stage,
    cast(e.buying_job as varchar) as buying_job,
    cast(e.contact_id as varchar) as contact_id
from input_quote_events as e
inner join input_quotes as q on e.quote_id = q.quote_id
inner join negotiations as n on coalesce(q.revision_of, q.quote_id) = n.negotiation_id
