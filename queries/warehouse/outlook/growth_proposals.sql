-- Growth proposals: what each customer does not buy but customers like it do, best first.
-- Potential is what such customers spend on it in a year, half of them at least P50 and a fifth at least P80. Value is
-- the potential times the probability that it is bought within 90 days.
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
    cast(a.probability as double) as probability,
    cast(round(cast(a.potential_p50 as double), 2) as decimal(18, 2)) as potential_p50,
    cast(round(cast(a.potential_p80 as double), 2) as decimal(18, 2)) as potential_p80,
    cast(round(cast(a.value as double), 2) as decimal(18, 2)) as value,
    cast(a.because_product_id as varchar) as because_product_id,
    cast(a.profile as varchar) as profile,
    cast(a.profile_penetration as double) as profile_penetration
from analysis_growth as a
inner join customers as c on a.customer_id = c.customer_id
