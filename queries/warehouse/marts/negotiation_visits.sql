-- Visits of negotiations: each stay in a stage of the sales process, and each in one of the six buying jobs.
-- Events in a row in the same place are one visit, and an event without a stage (or job) makes none. A visit lasts
-- until the next one begins; the last one until the decision, or the as-of day while none was taken. The decision is
-- where the last visit leads, not a place of its own, unless the negotiation went on after it. A move to a place
-- already visited is a step back: buying loops.
-- grain: negotiation, kind of place (stage or job) and visit
-- params: as_of date
-- scope: rep_id
-- sort: kind, requested_on, negotiation_id, visit
with placed as (
    select negotiation_id, 'stage' as kind, stage as place, step, occurred_on
    from negotiation_steps
    where stage is not null
    union all
    select negotiation_id, 'job' as kind, buying_job as place, step, occurred_on
    from negotiation_steps
    where buying_job is not null
),

entries as (
    select
        placed.*,
        lag(place) over (partition by negotiation_id, kind order by step) as place_before
    from placed
),

visits as (
    select
        negotiation_id,
        kind,
        place,
        occurred_on as entered_on,
        row_number() over (partition by negotiation_id, kind order by step) as visit
    from entries
    where place_before is null or place_before <> place
),

first_visits as (
    select negotiation_id, kind, place, min(visit) as visit
    from visits
    group by negotiation_id, kind, place
),

followed as (
    select
        visits.*,
        lead(place) over (partition by negotiation_id, kind order by visit) as place_after,
        lead(entered_on) over (partition by negotiation_id, kind order by visit) as entered_after
    from visits
),

lasting as (
    select
        f.negotiation_id,
        n.rep_id,
        n.segment,
        n.requested_on,
        n.outcome,
        n.counts_as_won,
        n.counts_as_lost,
        f.kind,
        f.visit,
        f.place,
        f.entered_on,
        coalesce(f.entered_after, n.closed_on) as left_on,
        case when n.is_open then cast($as_of as date) end as as_of,
        coalesce(f.place_after, n.outcome) as next_place
    from followed as f
    inner join negotiations as n on f.negotiation_id = n.negotiation_id
    where not (f.place in ('won', 'lost') and f.place_after is null)
)

select
    cast(l.negotiation_id as varchar) as negotiation_id,
    cast(l.rep_id as varchar) as rep_id,
    cast(l.segment as varchar) as segment,
    cast(l.requested_on as date) as requested_on,
    cast(l.outcome as varchar) as outcome,
    cast(l.counts_as_won as boolean) as counts_as_won,
    cast(l.counts_as_lost as boolean) as counts_as_lost,
    cast(l.kind as varchar) as kind,
    cast(l.visit as bigint) as visit,
    cast(l.place as varchar) as place,
    cast(l.entered_on as date) as entered_on,
    cast(l.left_on as date) as left_on,
    cast(
        case
            when coalesce(l.left_on, l.as_of) >= l.entered_on
                then date_diff('day', l.entered_on, coalesce(l.left_on, l.as_of))
            when coalesce(l.left_on, l.as_of) is not null then 0
        end as bigint
    ) as days,
    cast(l.next_place as varchar) as next_place,
    cast(f.visit < l.visit as boolean) as is_revisit,
    cast(coalesce(g.visit <= l.visit, false) as boolean) as is_step_back
from lasting as l
inner join first_visits as f on l.negotiation_id = f.negotiation_id and l.kind = f.kind and l.place = f.place
left join first_visits as g on l.negotiation_id = g.negotiation_id and l.kind = g.kind and l.next_place = g.place
