-- Moves between buying jobs: each step of a negotiation from one of the six buying jobs to the next.
-- Events of the same moment are taken in the order of their ids. A step back is one to a job already visited. Days
-- are those from the last event in the job left to the first in the next.
-- grain: negotiation and step
-- scope: rep_id
with events as (
    select
        coalesce(q.revision_of, q.quote_id) as negotiation_id,
        e.buying_job,
        cast(e.occurred_at as date) as occurred_on,
        row_number() over (
            partition by coalesce(q.revision_of, q.quote_id) order by e.occurred_at, e.event_id
        ) as step
    from input_quote_events as e
    inner join input_quotes as q on e.quote_id = q.quote_id
    where e.buying_job is not null
),

first_visits as (
    select negotiation_id, buying_job, min(step) as first_step
    from events
    group by negotiation_id, buying_job
),

moves as (
    select
        negotiation_id,
        step,
        buying_job as from_job,
        lead(buying_job) over (partition by negotiation_id order by step) as to_job,
        lead(step) over (partition by negotiation_id order by step) as next_step,
        date_diff(
            'day', occurred_on, lead(occurred_on) over (partition by negotiation_id order by step)
        ) as days
    from events
)

select
    cast(m.negotiation_id as varchar) as negotiation_id,
    cast(n.rep_id as varchar) as rep_id,
    cast(n.segment as varchar) as segment,
    cast(n.requested_on as date) as requested_on,
    cast(m.step as bigint) as step,
    cast(m.from_job as varchar) as from_job,
    cast(m.to_job as varchar) as to_job,
    cast(m.days as bigint) as days,
    cast(f.first_step < m.next_step as boolean) as is_step_back
from moves as m
inner join negotiations as n on m.negotiation_id = n.negotiation_id
inner join first_visits as f on m.negotiation_id = f.negotiation_id and m.to_job = f.buying_job
where m.to_job is not null and m.to_job <> m.from_job
