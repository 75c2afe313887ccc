-- Due by person: how much of deals, contracts, contacts and orders asks for something now, and the money it is about.
-- What is open in the list of what is due, by who handles the deal or looks after the account, nobody included.
-- grain: rep
-- needs: quotes | contracts | activities | order_steps
-- params: team text, decided json
-- units: rep_id id, rep text, deals count, deal_value money, contracts count, contract_value money, quiet_contacts
--   count, late_orders count, items count
-- reads: parts.shared.decisions
select
    i.rep_id,
    r.name as rep,
    count(*) filter (where i.kind = 'deal') as deals,
    cast(coalesce(sum(i.money) filter (where i.kind = 'deal'), 0) as decimal(18, 2)) as deal_value,
    count(*) filter (where i.kind = 'contract') as contracts,
    cast(coalesce(sum(i.money) filter (where i.kind = 'contract'), 0) as decimal(18, 2)) as contract_value,
    count(*) filter (where i.kind = 'contact') as quiet_contacts,
    count(*) filter (where i.kind = 'order') as late_orders,
    count(*) as items
from due_items as i
left join sales_reps as r on i.rep_id = r.rep_id
left join decisions as d on i.kind = d.kind and i.customer_id = d.customer_id and i.subject = d.subject
where ($team is null or r.team = $team) and coalesce(d.status, 'open') = 'open'
group by i.rep_id, r.name
order by deal_value desc, items desc, i.rep_id
