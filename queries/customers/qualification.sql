-- Qualification: open leads and new accounts in the order in which they deserve attention.
-- Score is 0 to 100: the company's turnover, the yearly volume expected, its outlets and, of accounts, the orders of
-- their first 90 days, each on a logarithmic scale (full marks at 10^12, 10^9, 10^4 and 10), weighted by segment; what
-- is not known takes no part, and known says how much of the weight is. Turnover weighs more than the first order: 50
-- thousand from a company of 10 billion comes before 100 thousand from one of 10 million. An account is new for 365
-- days after its first order, or after it was created if it has not ordered; where no yearly volume is expected of it,
-- the revenue of its first 90 days counts, times 365 / 90.
-- grain: lead or account
-- params: weights json, stage text, segment text, owner text, page_start integer, page_rows integer
-- units: stage label, lead_id id, customer_id id, company text, segment label, lead_score score, known ratio,
--   annual_turnover money, expected_annual_volume money, outlets count, orders count, first_order_on date, source text,
--   status label, created_on date, owner text, items count
-- excludes: leads that were converted or rejected; accounts that may have bought before the first order loaded
-- reads: parts.customers.qualification_scores
select
    q.stage,
    q.lead_id,
    q.customer_id,
    coalesce(q.company, c.name) as company,
    q.segment,
    100 * q.points / nullif(q.known_weight, 0) as lead_score,
    q.known_weight / nullif(q.weight, 0) as known,
    coalesce(q.annual_turnover, c.annual_turnover) as annual_turnover,
    q.expected_annual_volume,
    coalesce(q.outlets, c.outlets) as outlets,
    q.orders,
    q.first_order_on,
    q.source,
    q.status,
    coalesce(q.created_on, c.created_on) as created_on,
    coalesce(q.owner, c.owner_name) as owner,
    cast(count(*) over () as bigint) as items
from qualification_scores as q
left join customers as c on q.customer_id = c.customer_id
where q.is_open and ($stage is null or q.stage = $stage)
order by lead_score desc nulls last, q.stage, q.lead_id, q.customer_id
limit $page_rows offset $page_start
