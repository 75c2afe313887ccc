-- Price elasticities: by how many percent units sold fall when the price rises by one percent, as past prices tell it.
-- One row for the company, each category, each brand in a category and each product (level, key). Low and high hold the
-- truth in nine cases of ten. Associational, not proven causes: prices were not drawn by lot. What list prices changed
-- for everybody is preferred to negotiated discounts: who orders much is given a discount, so that large orders look as
-- if low prices had made them large. Published are products with three price points and 40 lines in 36 months; the
-- others take what their brand and category say. Expected share is what a product would sell in the next three months
-- at today's price, over its units of the last twelve full months: the share of these months in its category's last
-- year, as the elasticity answers to how today's price differs from that of the year, with the change of all demand in
-- the last year. Left out is what fewer than five customers bought.
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
    cast(expected_share as double) as expected_share
from analysis_elasticities
where customers >= 5
