-- Due: deals, contracts, contacts and orders that ask for something now, one list for all or for one person.
-- Reasons are told by the first that holds: the offer ends within 14 days, the decision is told or expected within 14
-- days, the expected day has moved or passed, the decision is told or expected within 30 days; the contract ends within
-- 60 days, its terms are to be reviewed; the account's main contact is silent for more than 90 days and twice its usual
-- gap; an order's promised day has passed without a delivery. Money is the amount of the deal, a year of the contract,
-- 365 days of the account's revenue, or the order's revenue. What is open is listed, or what stands as asked for.
-- grain: kind, customer and subject
-- needs: quotes | contracts | activities | order_steps
-- params: team text, owner text, decided json, status text, alert text, reason text, customer text, subject text,
--   search text, sort text, page_start integer, page_rows integer
-- units: alert label, customer_id id, subject id, customer text, about text, reason label, due_on date, at_stake money,
--   win_probability ratio, rep_id id, rep text, status label, until date, version count, told_close_on date,
--   expected_close_on date, slips count, valid_until date, ends_on date, review_on date, last_contact_on date,
--   days_since days, usual_gap_days days, items count
-- reads: parts.shared.decisions
with listed as (
    select
        i.*,
        r.name as rep,
        coalesce(d.status, 'open') as status,
        d.until,
        coalesce(d.version, 0) as version
    from due_items as i
    left join sales_reps as r on i.rep_id = r.rep_id
    left join decisions as d on i.kind = d.kind and i.customer_id = d.customer_id and i.subject = d.subject
    where
        ($team is null or r.team = $team)
        and ($owner is null or i.rep_id = $owner)
        and ($alert is null or i.kind = $alert)
        and ($reason is null or i.reason = $reason)
        and ($customer is null or i.customer_id = $customer)
        and ($subject is null or i.subject = $subject)
        and ($search is null or contains(lower(i.customer_name), lower($search)))
),

shown as (
    select
        *,
        count(*) over () as items
    from listed
    where status = coalesce($status, 'open') or $status = 'any'
    order by
        case when $sort = 'customer' then lower(customer_name) end,
        case when $sort = 'due_on' then due_on end nulls last,
        money desc nulls last,
        kind,
        customer_id,
        subject
    limit $page_rows offset $page_start
)

select
    s.kind as alert,
    s.customer_id,
    s.subject,
    s.customer_name as customer,
    coalesce(p.name, s.subject) as about,
    s.reason,
    s.due_on,
    s.money as at_stake,
    s.probability as win_probability,
    s.rep_id,
    s.rep,
    s.status,
    s.until,
    cast(s.version as bigint) as version,
    s.told_close_on,
    n.expected_close_on,
    n.slips,
    n.valid_until,
    k.ends_on,
    k.review_on,
    s.last_contact_on,
    s.days_since,
    s.usual_gap_days,
    cast(s.items as bigint) as items
from shown as s
left join negotiations as n on s.kind = 'deal' and s.subject = n.negotiation_id
left join contracts as k on s.kind = 'contract' and s.subject = k.contract_id
left join contacts as p on s.kind = 'contact' and s.subject = p.contact_id
order by
    case when $sort = 'customer' then lower(s.customer_name) end,
    case when $sort = 'due_on' then s.due_on end nulls last,
    s.money desc nulls last,
    s.kind,
    s.customer_id,
    s.subject
