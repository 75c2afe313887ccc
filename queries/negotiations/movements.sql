-- Changes of the pipeline: each deal that entered, left or changed it within the period, as the bridge counts it.
-- Amounts that left are below zero.
-- grain: deal and movement
-- params: decided json, as_of date, date_from date, date_to date, segment text, owner text, due_days integer, flow
--   text, search text, sort text, page_start integer, page_rows integer
-- units: negotiation_id id, customer_id id, customer text, movement label, amount money, requested_on date,
--   expected_close_on date, slips count, closed_on date, movements count
-- reads: parts.negotiations.current_deals, parts.negotiations.pipeline_movements
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
from pipeline_movements as m
inner join current_deals as n on m.negotiation_id = n.negotiation_id
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
