-- Win probability, steps: every dated event of a negotiation up to the as-of day.
-- A step to won or lost is the decision, not a stage.
-- grain: event
-- params: as_of date
select
    cast(negotiation_id as varchar) as negotiation_id,
    cast(step as bigint) as step,
    cast(occurred_on as date) as occurred_on,
    cast(case when stage not in ('won', 'lost') then stage end as varchar) as stage,
    cast(buying_job as varchar) as buying_job,
    cast(actor as varchar) as actor,
    cast(channel as varchar) as channel,
    cast(contact_id as varchar) as contact_id,
    cast(role as varchar) as role
from negotiation_steps
where occurred_on <= cast($as_of as date)
