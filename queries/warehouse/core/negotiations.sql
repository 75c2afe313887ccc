-- Negotiations: one row per deal, however often its quote was revised, split, merged or opened again.
-- Amount and outcome are those of the versions that count now: open while one of them is open, else won where one was
-- won, and then worth what was won. Dates of decision are the last ones; a decision without a date has that of the last
-- event; the stage is the last one an event named. Ordered means that an order refers to one of its quotes. The first
-- answer is the first event by a rep, else the day the first quote was sent. A slip is an expected day of decision
-- moved later by a further version. An open one is overlong where it has been asked for longer ago than nine of ten
-- decisions took, of twenty at least.
-- grain: negotiation, named by its first quote
-- params: as_of date
-- scope: rep_id
-- sort: requested_on, negotiation_id
with opened as (
    select
        negotiation_id,
        count(*) as revisions,
        min(requested_on) as requested_on,
        min(issued_on) as issued_on,
        min(lead_id) as lead_id,
        max(case when not is_current and outcome is not null then 1 else 0 end) as was_decided_before
    from quote_versions
    group by negotiation_id
),

standing as (
    select
        negotiation_id,
        max(case when is_current and outcome is null then 1 else 0 end) as is_open,
        max(case when is_current and outcome = 'won' then 1 else 0 end) as is_won,
        sum(case when is_current then amount end) as amount,
        sum(case when is_current and outcome = 'won' then amount end) as won_amount,
        max(case when is_current then closed_on end) as closed_on,
        max(case when is_current then expected_close_on end) as expected_close_on,
        min(case when is_current then valid_until end) as valid_until
    from quote_versions
    group by negotiation_id
),

expectations as (
    select
        negotiation_id,
        expected_close_on,
        lag(expected_close_on) over (partition by negotiation_id order by version) as expected_before
    from quote_versions
    where expected_close_on is not null
),

slipped as (
    select negotiation_id, count(*) as slips
    from expectations
    where expected_close_on > expected_before
    group by negotiation_id
),

ordered as (
    select
        quote_versions.negotiation_id,
        min(input_orders.ordered_on) as ordered_on
    from quote_versions
    inner join input_orders on quote_versions.quote_id = input_orders.quote_id
    group by quote_versions.negotiation_id
),

event_order as (
    select
        q.negotiation_id,
        e.stage,
        e.actor,
        e.contact_id,
        p.role,
        cast(e.occurred_at as date) as occurred_on,
        row_number() over (partition by q.negotiation_id order by e.occurred_at desc, e.event_id desc) as newest_first
    from input_quote_events as e
    inner join quote_versions as q on e.quote_id = q.quote_id
    left join input_contacts as p on e.contact_id = p.contact_id
),

stage_order as (
    select
        negotiation_id,
        stage,
        row_number() over (partition by negotiation_id order by newest_first) as newest_first
    from event_order
    where stage is not null
),

touched as (
    select
        negotiation_id,
        min(case when actor = 'rep' then occurred_on end) as answered_on,
        count(distinct contact_id) as people,
        count(distinct role) as roles
    from event_order
    group by negotiation_id
),

decided as (
    select
        s.negotiation_id,
        case when s.is_open = 0 then case when s.is_won = 1 then 'won' else 'lost' end end as outcome,
        case when s.is_open = 0 and s.is_won = 1 then s.won_amount else s.amount end as amount,
        case when s.is_open = 0 then coalesce(s.closed_on, e.occurred_on) end as closed_on,
        s.expected_close_on,
        s.valid_until,
        p.stage,
        e.occurred_on as last_event_on
    from standing as s
    left join event_order as e on s.negotiation_id = e.negotiation_id and e.newest_first = 1
    left join stage_order as p on s.negotiation_id = p.negotiation_id and p.newest_first = 1
),

closing_days as (
    select
        case
            when count(*) >= 20
                then percentile_cont(0.9) within group (
                    order by greatest(date_diff('day', o.requested_on, d.closed_on), 0)
                )
        end as most_days
    from decided as d
    inner join opened as o on d.negotiation_id = o.negotiation_id
    where d.outcome is not null and d.closed_on is not null
)

select
    cast(n.negotiation_id as varchar) as negotiation_id,
    cast(n.quote_id as varchar) as latest_quote_id,
    cast(o.revisions as bigint) as revisions,
    cast(n.customer_id as varchar) as customer_id,
    cast(c.name as varchar) as customer_name,
    cast(c.segment as varchar) as segment,
    cast(n.rep_id as varchar) as rep_id,
    cast(m.team as varchar) as team,
    cast(n.channel as varchar) as channel,
    cast(l.source as varchar) as source,
    cast(n.category as varchar) as category,
    cast(o.requested_on as date) as requested_on,
    cast(o.issued_on as date) as issued_on,
    cast(d.amount as decimal(18, 2)) as amount,
    cast(n.discount_depth as double) as discount_depth,
    cast(d.valid_until as date) as valid_until,
    cast(d.expected_close_on as date) as expected_close_on,
    cast(coalesce(s.slips, 0) as bigint) as slips,
    cast(d.outcome as varchar) as outcome,
    cast(d.outcome is null as boolean) as is_open,
    cast(coalesce(d.outcome = 'won', false) as boolean) as counts_as_won,
    cast(coalesce(d.outcome = 'lost', false) as boolean) as counts_as_lost,
    cast(d.outcome is not null as boolean) as counts_in_win_rate,
    cast(o.issued_on is not null as boolean) as is_quoted,
    cast(o.issued_on is not null and r.ordered_on is not null as boolean) as is_ordered,
    cast(d.outcome is null or d.closed_on is not null as boolean) as counts_in_closing_time,
    cast(
        greatest(date_diff('day', o.requested_on, coalesce(d.closed_on, cast($as_of as date))), 0) as bigint
    ) as watched_days,
    cast(d.closed_on as date) as closed_on,
    cast(case when d.outcome is not null then n.outcome_reason end as varchar) as outcome_reason,
    cast(date_diff('day', o.requested_on, d.closed_on) as bigint) as days_to_close,
    cast(date_diff('day', o.requested_on, cast($as_of as date)) as bigint) as age_days,
    cast(
        coalesce(
            d.outcome is null and date_diff('day', o.requested_on, cast($as_of as date)) > x.most_days, false
        ) as boolean
    ) as is_overlong,
    cast(r.ordered_on as date) as ordered_on,
    cast(d.stage as varchar) as stage,
    cast(d.last_event_on as date) as last_event_on,
    cast(
        case
            when coalesce(t.answered_on, o.issued_on) >= o.requested_on
                then date_diff('day', o.requested_on, coalesce(t.answered_on, o.issued_on))
            when coalesce(t.answered_on, o.issued_on) is not null then 0
        end as bigint
    ) as response_days,
    cast(coalesce(t.people, 0) as bigint) as people,
    cast(coalesce(t.roles, 0) as bigint) as roles,
    cast(o.was_decided_before = 1 as boolean) as is_reopened
from quote_versions as n
inner join opened as o on n.negotiation_id = o.negotiation_id
inner join decided as d on n.negotiation_id = d.negotiation_id
cross join closing_days as x
left join slipped as s on n.negotiation_id = s.negotiation_id
left join ordered as r on n.negotiation_id = r.negotiation_id
left join touched as t on n.negotiation_id = t.negotiation_id
left join input_leads as l on o.lead_id = l.lead_id
left join input_customers as c on n.customer_id = c.customer_id
left join stg_rep_teams as m
    on
        n.rep_id = m.rep_id
        and coalesce(d.closed_on, cast($as_of as date)) >= m.starts_on
        and coalesce(d.closed_on, cast($as_of as date)) < m.past_end
where n.is_leading
