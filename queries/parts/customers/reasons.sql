-- Reasons: why an account is worth acting on, work items and what is due on one scale of money in 90 days.
-- A silent account, a category at risk and a proposal say their own chance, a deal that of being won, in full. A
-- contract, a contact and a late order say none: the money of 90 days counts at the chance that the account orders
-- nothing in 90 days.
-- grain: kind, customer and subject
-- params:
with due as (
    select
        d.kind,
        d.customer_id,
        d.customer_name as customer,
        d.subject,
        d.reason,
        d.rep_id as owner_rep_id,
        c.segment,
        cast(
            case d.kind
                when 'deal' then d.money
                when 'contract' then round(cast(d.money as double) * 90 / 365, 2)
                else y.at_stake
            end as decimal(18, 2)
        ) as money,
        case when d.kind = 'deal' then d.probability else y.silence_probability end as probability,
        d.due_on
    from due_items as d
    left join customers as c on d.customer_id = c.customer_id
    left join reorder_rhythm as y on d.customer_id = y.customer_id
)

select
    w.kind,
    w.customer_id,
    n.name as customer,
    w.subject,
    w.kind as reason,
    w.owner_rep_id,
    w.segment,
    w.group_key,
    w.money,
    w.probability,
    w.worth,
    cast(null as date) as due_on
from work_items as w
left join customers as n on w.customer_id = n.customer_id
union all
select
    kind,
    customer_id,
    customer,
    subject,
    reason,
    owner_rep_id,
    segment,
    '' as group_key,
    money,
    probability,
    coalesce(cast(money as double) * probability, 0) as worth,
    due_on
from due
