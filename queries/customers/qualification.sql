-- Qualification: open leads and new accounts, by their score or the newest first.
-- Score is 0 to 100: the company's turnover, the yearly volume expected, its outlets and, of accounts, the orders of
-- their first 90 days, each on a logarithmic scale (full marks at 10^12, 10^9, 10^4 and 10), weighted by segment; what
-- is not known takes no part, and known says how much of the weight is. Turnover weighs more than the first order: 50
-- thousand from a company of 10 billion comes before 100 thousand from one of 10 million. An account is new for 365
-- days after its first order, or after it was created if it has not ordered; where no yearly volume is expected of it,
-- the revenue of its first 90 days counts, times 365 / 90.
-- grain: lead or account
-- params: weights json, stage text, segment text, owner text, search text, sort text, page_start integer, page_rows
--   integer
-- units: stage label, lead_id id, customer_id id, company text, segment label, lead_score score, known ratio,
--   annual_turnover money, expected_annual_volume money, outlets count, orders count, first_order_on date, source text,
--   status label, created_on date, owner text, items count
-- excludes: leads that were converted or rejected; accounts that may have bought before the first order loaded
-- reads: parts.customers.qualification_scores
with described as (
    select
        s.stage,
        s.lead_id,
        s.customer_id,
        coalesce(s.company, c.name) as company,
        s.segment,
        qualification_score(s.points, s.known_weight) as lead_score,
        s.known_weight / nullif(s.weight, 0) as known,
        coalesce(s.annual_turnover, c.annual_turnover) as annual_turnover,
        s.expected_annual_volume,
        coalesce(s.outlets, c.outlets) as outlets,
        s.orders,
        s.first_order_on,
        s.source,
        s.status,
        coalesce(s.created_on, c.created_on) as created_on,
        coalesce(s.owner, c.owner_name) as owner
    from qualification_scores as s
    left join customers as c on s.customer_id = c.customer_id
    where s.is_open and ($stage is null or s.stage = $stage)
)

select
    *,
    cast(count(*) over () as bigint) as items
from described
where
    $search is null
    or contains(lower(company), lower($search))
    or lower(coalesce(lead_id, customer_id)) = lower($search)
order by
    case when $sort = 'newest' then coalesce(first_order_on, created_on) end desc nulls last,
    lead_score desc nulls last,
    stage,
    lead_id,
    customer_id
limit $page_rows offset $page_start
