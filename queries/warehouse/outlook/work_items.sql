-- Work items: everything worth acting on in one list: silent accounts, categories at risk and growth.
-- Money is what is at stake, or could be won, in 90 days; worth is money times the probability: of no order in 90 days
-- for a silent account, of loss for a category, for growth that at least one of the products proposed is bought. So all
-- three kinds compare.
-- grain: kind, customer and subject
-- scope: owner_rep_id
-- sort: customer_id, kind, subject
with items as (
    select
        'late' as kind,
        customer_id,
        'account' as subject,
        segment as taught_by,
        at_stake as money,
        silence_probability as probability
    from reorder_rhythm
    where is_silent
    union all
    select
        'category_risk' as kind,
        customer_id,
        category as subject,
        category as taught_by,
        at_stake as money,
        loss_probability as probability
    from category_risks
    union all
    select
        'growth' as kind,
        customer_id,
        'account' as subject,
        reason_category as taught_by,
        potential as money,
        chance as probability
    from growth_accounts
)

select
    cast(i.kind as varchar) as kind,
    cast(i.customer_id as varchar) as customer_id,
    cast(i.subject as varchar) as subject,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(c.segment as varchar) as segment,
    cast(i.kind || ':' || coalesce(i.taught_by, '') as varchar) as group_key,
    cast(i.money as decimal(18, 2)) as money,
    cast(i.probability as double) as probability,
    cast(cast(i.money as double) * i.probability as double) as worth
from items as i
inner join customers as c on i.customer_id = c.customer_id
