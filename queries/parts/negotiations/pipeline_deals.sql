-- Deals of the pipeline: each deal as it stood when the period began and when it ended, and how it came in.
-- It started or ended in the pipeline where it was open on these days and, where the pipeline is narrowed to what is
-- expected to close within so many days from the end of the period, due by then; started is what it was worth when the
-- period began, ended what it was at the end, each empty where that is not known. Came says how one that ended in the
-- pipeline, or was decided, got into it. A deal that somebody closed here leaves on the day of the data that was seen
-- then, and one that was given another day is due by that from then on.
-- grain: deal
-- params: decided json, as_of date, date_from date, date_to date, segment text, owner text, due_days integer
-- reads: parts.negotiations.current_deals
with close_days as (
    select negotiation_id, is_closed_here, close_on, seen_on
    from current_deals
    where is_closed_here or is_dated_here
),

states as (
    select *
    from negotiation_states
    where
        ($segment is null or segment = $segment)
        and ($owner is null or rep_id = $owner)
),

standing as (
    select *, $date_from::date - 1 as day, true as is_start
    from states
    where valid_from < $date_from and (valid_to is null or valid_to >= $date_from)
    union all
    select *, $date_to::date as day, false as is_start
    from states
    where valid_from <= $date_to and (valid_to is null or valid_to > $date_to)
),

stood as (
    select
        s.negotiation_id,
        s.amount,
        s.is_start,
        case when s.state = 'open' and c.is_closed_here then 'closed_here' else s.state end as state,
        $due_days is null
        or coalesce(
            case when s.state = 'open' and not c.is_closed_here then c.close_on else s.expected_close_on end
            <= $date_to::date + $due_days::integer,
            false
        ) as is_due
    from standing as s
    left join close_days as c on s.negotiation_id = c.negotiation_id and c.seen_on <= s.day
),

at_start as (
    select *
    from stood
    where is_start
),

at_end as (
    select *
    from stood
    where not is_start
),

opened_again as (
    select distinct s.negotiation_id
    from states as s
    left join close_days as c on s.negotiation_id = c.negotiation_id and c.is_closed_here
    where
        s.state = 'open'
        and s.valid_from between $date_from and $date_to
        and (c.seen_on is null or s.valid_from < c.seen_on)
)

select
    e.negotiation_id,
    e.state,
    e.amount,
    coalesce(s.state = 'open' and s.is_due, false) as is_started,
    e.state = 'open' and e.is_due as is_ended,
    case when s.state = 'open' and s.is_due then s.amount end as started,
    case when e.state = 'open' and e.is_due then e.amount end as ended,
    case
        when s.state = 'open' and s.is_due then null
        when e.state = 'open' and not e.is_due then null
        when s.negotiation_id is null then 'created'
        when s.state = 'open' then 'pulled_in'
        when o.negotiation_id is not null then 'reopened'
    end as came
from at_end as e
left join at_start as s on e.negotiation_id = s.negotiation_id
left join opened_again as o on e.negotiation_id = o.negotiation_id
