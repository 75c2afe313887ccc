-- Price elasticities: by how many percent units sold fall when the price rises by one percent, as past prices tell it.
-- One row for the company, each category, each brand in a category and each product (level, key). Low and high hold the
-- truth in nine cases of ten. Associational, not proven causes: prices were not drawn by lot. What list prices changed for
-- everybody is preferred to negotiated discounts: who orders much is given a discount, so that large orders look as if
-- low prices had made them large. Published are products with three price points and 40 lines in 36 months; the others
-- take what their brand and category say. Noise is the spread of the log of units in three months about what is expected.
-- Left out is what fewer than five customers bought.
-- grain: level, category and key
-- scope: all
-- sort: level, category, key
select
    cast(level as varchar) as level,
    cast(key as varchar) as key,
    cast(category as varchar) as category,
    cast(brand as varchar) as brand,
    cast(elasticity as double) as elasticity,
    cast(low as double) as low,
    cast(high as double) as high,
    cast(variance as double) as variance,
    cast(price_points as bigint) as price_points,
    cast(price_spread as double) as price_spread,
    cast(customers as bigint) as customers,
    cast(source as varchar) as source,
    cast(is_published as boolean) as is_published,
    cast(noise_p10 as double) as noise_p10,
    cast(noise_p50 as double) as noise_p50,
    cast(noise_p90 as double) as noise_p90
from analysis_elasticities
where customers >= 5
