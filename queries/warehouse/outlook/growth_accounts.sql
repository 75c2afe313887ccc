-- Growth of accounts: which accounts could take up something new, how likely, and what it would bring in 90 days.
-- Chance is that an account buys at least one of the products shown to it, potential what that brings in 90 days,
-- expected their product. The reason is the category it buys nothing of that most like buyers buy; where none is
-- proposed, it is the first product. No row for an account that is leaving, by its rhythm, or silent for more than
-- twice its usual interval, or for 180 days where no interval is usual.
-- grain: customer
-- scope: owner_rep_id
-- sort: customer_id
with ranked as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by
                case when is_new_category then 0 else 1 end,
                case when is_new_category then category_share end desc,
                rank
        ) as place
    from growth_proposals
    where is_shown
)

select
    cast(a.customer_id as varchar) as customer_id,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(c.segment as varchar) as segment,
    cast(a.chance as double) as chance,
    cast(round(cast(a.potential as double), 2) as decimal(18, 2)) as potential,
    cast(
        round(cast(round(cast(a.potential as double), 2) as double) * cast(a.chance as double), 2) as decimal(18, 2)
    ) as expected,
    cast(k.product_id as varchar) as reason_product_id,
    cast(case when k.is_new_category then k.category end as varchar) as reason_category,
    cast(case when k.is_new_category then k.category_share else k.product_share end as double) as reason_share,
    cast(k.like_kind as varchar) as like_kind,
    cast(k.like_name as varchar) as like_name,
    cast(k.like_is_sized as boolean) as like_is_sized,
    cast(k.like_buyers as bigint) as like_buyers
from analysis_growth_accounts as a
inner join customers as c on a.customer_id = c.customer_id
inner join reorder_rhythm as r on a.customer_id = r.customer_id
inner join ranked as k on a.customer_id = k.customer_id and k.place = 1
where r.is_leaving = false
