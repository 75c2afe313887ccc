-- Changes of the pipeline: each deal that entered, left or changed it within the period, as the bridge counts it.
-- Amounts that left are below zero.
-- grain: deal and movement
-- params: date_from date, date_to date, segment text, owner text, due_days integer, flow text, search text,
--   sort text, page_start integer, page_rows integer
-- units: negotiation_id id, customer_id id, customer text, movement label, amount money, requested_on date,
--   expected_close_on date, slips count, closed_on date, movements count
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
),

deals as (
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
),

movements as (
    select negotiation_id, came as movement, amount
    from deals
    where came is not null
    union all
    select negotiation_id, case when amount > started then 'raised' else 'lowered' end, amount - started
    from deals
    where amount <> started and (state <> 'open' or ended is not null)
    union all
    select
        negotiation_id,
        case when state = 'open' then 'slipped' else state end,
        case when state = 'open' then -started else -amount end
    from deals
    where ended is null and (started is not null or came is not null)
)

select
    m.negotiation_id,
    n.customer_id,
    n.customer_name as customer,
    m.movement,
    m.amount,
    n.requested_on,
    n.expected_close_on,
    n.slips,
    n.closed_on,
    cast(count(*) over () as bigint) as movements
from movements as m
inner join negotiations as n on m.negotiation_id = n.negotiation_id
where
    ($flow is null or m.movement = $flow)
    and (
        $search is null
        or contains(lower(n.customer_name), lower($search))
        or lower(n.negotiation_id) = lower($search)
    )
order by
    case when $sort = 'customer' then lower(n.customer_name) end,
    abs(m.amount) desc,
    m.negotiation_id,
    m.movement
limit $page_rows offset $page_start
