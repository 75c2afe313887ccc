-- Negotiations: one row per quote with all its revisions, which count once.
-- Amount, outcome and dates of decision are those of the latest revision; the amount converts at the rate of
-- the day of the request. Ordered means that an order refers to one of its revisions.
-- grain: negotiation, named by its first quote
-- params: as_of date
-- scope: rep_id
-- sort: requested_on, negotiation_id
with revisions as (
    select
        coalesce(q.revision_of, q.quote_id) as negotiation_id,
        q.quote_id,
        q.customer_id,
        coalesce(q.rep_id, c.owner_rep_id) as rep_id,
        q.lead_id,
        q.channel,
        q.requested_on,
        q.issued_on,
        round(cast(q.amount as decimal(19, 2)) * r.rate, 2) as amount,
        q.valid_until,
        q.expected_close_on,
        q.outcome,
        q.closed_on,
        q.outcome_reason,
        row_number() over (
            partition by coalesce(q.revision_of, q.quote_id)
            order by q.requested_on desc, q.issued_on desc nulls last, q.quote_id desc
        ) as newest_first
    from input_quotes as q
    inner join stg_rates as r on q.currency = r.currency and q.requested_on = r.day
    left join input_customers as c on q.customer_id = c.customer_id
),

opened as (
    select
        negotiation_id,
        count(*) as revisions,
        min(requested_on) as requested_on,
        min(issued_on) as issued_on
    from revisions
    group by negotiation_id
),

ordered as (
    select
        revisions.negotiation_id,
        min(input_orders.ordered_on) as ordered_on
    from revisions
    inner join input_orders on revisions.quote_id = input_orders.quote_id
    group by revisions.negotiation_id
),

event_order as (
    select
        r.negotiation_id,
        e.stage,
        cast(e.occurred_at as date) as occurred_on,
        row_number() over (partition by r.negotiation_id order by e.occurred_at desc, e.event_id desc) as newest_first
    from input_quote_events as e
    inner join revisions as r on e.quote_id = r.quote_id
),

last_events as (
    select negotiation_id, stage, occurred_on
    from event_order
    where newest_first = 1
)

select
    cast(n.negotiation_id as varchar) as negotiation_id,
    cast(n.quote_id as varchar) as latest_quote_id,
    cast(o.revisions as bigint) as revisions,
    cast(n.customer_id as varchar) as customer_id,
    cast(c.name as varchar) as customer_name,
    cast(c.segment as varchar) as segment,
    cast(n.rep_id as varchar) as rep_id,
    cast(n.channel as varchar) as channel,
    cast(o.requested_on as date) as requested_on,
    cast(o.issued_on as date) as issued_on,
    cast(n.amount as decimal(18, 2)) as amount,
    cast(n.valid_until as date) as valid_until,
    cast(n.expected_close_on as date) as expected_close_on,
    cast(n.outcome as varchar) as outcome,
    cast(case when n.outcome is not null then coalesce(n.closed_on, e.occurred_on) end as date) as closed_on,
    cast(n.outcome_reason as varchar) as outcome_reason,
    cast(
        date_diff('day', o.requested_on, case when n.outcome is not null then coalesce(n.closed_on, e.occurred_on) end)
        as bigint
    ) as days_to_close,
    cast(date_diff('day', o.requested_on, cast($as_of as date)) as bigint) as age_days,
    cast(d.ordered_on as date) as ordered_on,
    cast(e.stage as varchar) as stage,
    cast(e.occurred_on as date) as last_event_on
from revisions as n
inner join opened as o on n.negotiation_id = o.negotiation_id
left join ordered as d on n.negotiation_id = d.negotiation_id
left join last_events as e on n.negotiation_id = e.negotiation_id
left join input_customers as c on n.customer_id = c.customer_id
where n.newest_first = 1
