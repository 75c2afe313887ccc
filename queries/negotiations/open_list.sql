-- Open negotiations: quotes still to be decided.
-- grain: negotiation
-- params: segment text, owner text, search text, sort text, page_start integer, page_rows integer
-- units: negotiation_id id, customer_id id, customer text, segment label, amount money, stage text, age_days days,
--   last_event_on date, expected_close_on date, valid_until date, revisions count, negotiations count
with pending as (
    select *
    from negotiations
    where
        outcome is null
        and ($segment is null or segment = $segment)
        and ($owner is null or rep_id = $owner)
        and (
            $search is null
            or contains(lower(customer_name), lower($search))
            or lower(negotiation_id) = lower($search)
        )
)

select
    negotiation_id,
    customer_id,
    customer_name as customer,
    segment,
    amount,
    stage,
    age_days,
    last_event_on,
    expected_close_on,
    valid_until,
    revisions,
    cast(count(*) over () as bigint) as negotiations
from pending
order by
    case when $sort = 'customer' then lower(customer_name) end,
    case when $sort = 'expected_close' then expected_close_on end nulls last,
    case when $sort = 'age' then age_days else cast(amount as double) end desc nulls last,
    negotiation_id
limit $page_rows offset $page_start
