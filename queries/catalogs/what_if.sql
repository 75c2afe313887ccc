-- What-if basis: what each product sells in three months, at what price and cost, and how it answers to its price.
-- Units, price and cost are those of the last three full months. Elasticity with its variance, and the spread of the log
-- of units about what is expected (noise), are told by the past of the whole company.
-- grain: product
-- params: date_to date, product text, segment text, category text, catalog text
-- units: product_id id, units quantity, price price, unit_cost price, elasticity score, variance score,
--   noise_p10 score, noise_p50 score, noise_p90 score, is_published flag, price_source label
-- excludes: products not sold in these months
with sums as (
    select
        product_id,
        sum(quantity) as quantity,
        sum(revenue) as revenue,
        sum(margin) as margin,
        sum(costed_revenue) as costed_revenue
    from product_months
    where
        month >= date_trunc('month', cast($date_to as date)) - interval 3 month
        and month < date_trunc('month', cast($date_to as date))
        and ($product is null or product_id = $product)
        and ($segment is null or segment = $segment)
        and ($catalog is null or catalog_id = $catalog)
    group by product_id
    having sum(quantity) > 0 and sum(revenue) > 0
)

select
    s.product_id,
    cast(s.quantity as decimal(18, 3)) as units,
    cast(s.revenue as double) / cast(s.quantity as double) as price,
    cast(s.revenue as double) / cast(s.quantity as double)
    * (1 - cast(s.margin as double) / nullif(cast(s.costed_revenue as double), 0)) as unit_cost,
    e.elasticity,
    e.variance,
    e.noise_p10,
    e.noise_p50,
    e.noise_p90,
    e.is_published,
    e.source as price_source
from sums as s
inner join products as p on s.product_id = p.product_id
left join elasticities as e on e.level = 'item' and s.product_id = e.key
where $category is null or p.category = $category
order by s.product_id
