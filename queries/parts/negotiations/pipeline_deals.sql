-- Deals of the pipeline: each deal as it stood when the period began and when it ended, and how it came in.
-- Started and ended are what it was worth on these days while it was open and, where the pipeline is narrowed to what
-- is expected to close within so many days from the end of the period, due by then. Came says how one that ended in the
-- pipeline, or was decided, got into it.
-- grain: deal
-- params: date_from date, date_to date, segment text, owner text, due_days integer
with states as (
    select
        *,
        $due_days is null
        or coalesce(expected_close_on <= $date_to::date + $due_days::integer, false) as is_due
    from negotiation_states
    where
        ($segment is null or segment = $segment)
        and ($owner is null or rep_id = $owner)
),

at_start as (
    select *
    from states
    where valid_from < $date_from and (valid_to is null or valid_to >= $date_from)
),

at_end as (
    select *
    from states
    where valid_from <= $date_to and (valid_to is null or valid_to > $date_to)
),

opened_again as (
    select distinct negotiation_id
    from states
    where state = 'open' and valid_from between $date_from and $date_to
)

select
    e.negotiation_id,
    e.state,
    e.amount,
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
