-- Decided negotiations: those won or lost in the period, and why.
-- Depth is the discount against list value of the newest version's lines.
-- grain: negotiation
-- needs: decisions
-- params: date_from date, date_to date, segment text, owner text, outcome text, outcome_reason text, depth text, search
--   text, sort text, page_start integer, page_rows integer
-- units: negotiation_id id, customer_id id, customer text, segment label, outcome label, outcome_reason label, amount
--   money, closed_on date, days_to_close days, discount_depth ratio, negotiations count
-- excludes: decisions whose day is not known
-- reads: parts.negotiations.decided_deals
select
    negotiation_id,
    customer_id,
    customer_name as customer,
    segment,
    outcome,
    outcome_reason,
    amount,
    closed_on,
    days_to_close,
    discount_depth,
    cast(count(*) over () as bigint) as negotiations
from decided_deals
where
    ($outcome is null or outcome = $outcome)
    and ($outcome_reason is null or outcome_reason = $outcome_reason)
    and ($depth is null or depth = $depth)
    and (
        $search is null
        or contains(lower(customer_name), lower($search))
        or lower(negotiation_id) = lower($search)
    )
order by
    case when $sort = 'customer' then lower(customer_name) end,
    case when $sort = 'discount_depth' then discount_depth end desc nulls last,
    case when $sort = 'closed' then closed_on end desc nulls last,
    amount desc nulls last,
    negotiation_id
limit $page_rows offset $page_start
