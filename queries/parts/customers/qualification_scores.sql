-- Qualification scores: the points of each lead and each new account, by the weights of its segment.
-- Points are the marks times their weights; known weight is the weight of the marks that are known, so that what is not
-- known takes no part. Only accounts are weighed by how often they ordered. Open is what waits to be taken up: leads
-- that were neither converted nor rejected, and accounts that still are new. What an account is called, how large it is
-- and who looks after it stands with the customers.
-- grain: lead or account
-- params: weights json, segment text, owner text
-- excludes: accounts that may have bought before the first order loaded
-- reads: parts.customers.entered_weights
with leads_and_accounts as (
    select
        'lead' as stage,
        lead_id,
        cast(null as varchar) as customer_id,
        company,
        segment,
        annual_turnover,
        expected_annual_volume,
        outlets,
        cast(null as bigint) as orders,
        cast(null as date) as first_order_on,
        cast(null as decimal(18, 2)) as following_revenue,
        source,
        status,
        status in ('new', 'accepted') as is_open,
        created_on,
        rep_id,
        rep_name as owner,
        turnover_mark,
        volume_mark,
        outlets_mark,
        cast(null as double) as frequency_mark
    from leads
    union all
    select
        'account' as stage,
        cast(null as varchar) as lead_id,
        customer_id,
        cast(null as varchar) as company,
        segment,
        cast(null as decimal(18, 2)) as annual_turnover,
        expected_annual_volume,
        cast(null as bigint) as outlets,
        orders,
        first_order_on,
        following_revenue,
        cast(null as varchar) as source,
        cast(null as varchar) as status,
        is_new as is_open,
        cast(null as date) as created_on,
        owner_rep_id as rep_id,
        cast(null as varchar) as owner,
        turnover_mark,
        volume_mark,
        outlets_mark,
        frequency_mark
    from new_accounts
)

select
    l.*,
    w.turnover + w.volume + w.outlets + case when l.stage = 'lead' then 0 else w.frequency end as weight,
    case when l.turnover_mark is null then 0 else w.turnover end
    + case when l.volume_mark is null then 0 else w.volume end
    + case when l.outlets_mark is null then 0 else w.outlets end
    + case when l.frequency_mark is null then 0 else w.frequency end as known_weight,
    w.turnover * coalesce(l.turnover_mark, 0)
    + w.volume * coalesce(l.volume_mark, 0)
    + w.outlets * coalesce(l.outlets_mark, 0)
    + w.frequency * coalesce(l.frequency_mark, 0) as points
from leads_and_accounts as l
left join entered_weights as w on l.segment = w.segment
where
    ($segment is null or l.segment = $segment)
    and ($owner is null or l.rep_id = $owner)
