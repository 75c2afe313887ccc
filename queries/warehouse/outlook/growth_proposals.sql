-- Growth proposals: what each customer does not buy but customers like it do, best first.
-- Half of such customers spend at least P50 on it in a year, a fifth at least P80. Value is P50 times the probability
-- that it is bought within 90 days; potential is what it then brings in these days. The first five are shown; of these,
-- places are kept for two categories of which it buys nothing. Like buyers are of its trade, or of its pattern of
-- buying where trades are not known, and of its size. Nothing is proposed to an account that is leaving.
-- grain: customer and product
-- scope: owner_rep_id
-- sort: customer_id, rank
select
    cast(a.customer_id as varchar) as customer_id,
    cast(a.product_id as varchar) as product_id,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(c.segment as varchar) as segment,
    cast(a.category as varchar) as category,
    cast(a.rank as bigint) as rank,
    cast(a.is_shown as boolean) as is_shown,
    cast(a.is_new_category as boolean) as is_new_category,
    cast(a.probability as double) as probability,
    cast(round(cast(a.potential_p50 as double), 2) as decimal(18, 2)) as potential_p50,
    cast(round(cast(a.potential_p80 as double), 2) as decimal(18, 2)) as potential_p80,
    cast(round(cast(a.value as double), 2) as decimal(18, 2)) as value,
    cast(round(cast(a.potential as double), 2) as decimal(18, 2)) as potential,
    cast(a.because_product_id as varchar) as because_product_id,
    cast(a.like_kind as varchar) as like_kind,
    cast(a.like_name as varchar) as like_name,
    cast(a.like_is_sized as boolean) as like_is_sized,
    cast(a.like_buyers as bigint) as like_buyers,
    cast(a.product_share as double) as product_share,
    cast(a.category_share as double) as category_share
from analysis_growth as a
inner join customers as c on a.customer_id = c.customer_id
inner join reorder_rhythm as r on a.customer_id = r.customer_id
where r.is_leaving = false
