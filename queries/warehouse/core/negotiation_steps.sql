-- Steps of negotiations: every dated event of a quote, with stage, buying job and the person at the customer.
-- An event dated before the request counts as of the day of the request; those of the same moment are taken in the
-- order of their ids.
-- grain: event
-- scope: rep_id
-- sort: customer_id, occurred_on, event_id
select
    cast(e.event_id as varchar) as event_id,
    cast(n.negotiation_id as varchar) as negotiation_id,
    cast(n.customer_id as varchar) as customer_id,
    cast(n.rep_id as varchar) as rep_id,
    cast(row_number() over (partition by n.negotiation_id order by e.occurred_at, e.event_id) as bigint) as step,
    cast(greatest(cast(e.occurred_at as date), n.requested_on) as date) as occurred_on,
    cast(e.stage as varchar) as stage,
    cast(e.buying_job as varchar) as buying_job,
    cast(e.actor as varchar) as actor,
    cast(e.channel as varchar) as channel,
    cast(e.contact_id as varchar) as contact_id,
    cast(p.role as varchar) as role
from input_quote_events as e
inner join quote_versions as q on e.quote_id = q.quote_id
inner join negotiations as n on q.negotiation_id = n.negotiation_id
left join input_contacts as p on e.contact_id = p.contact_id
