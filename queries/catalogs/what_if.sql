-- What-if basis: what each product would sell in the next three months at today's price, and how it answers to its
-- price. Units expected are those of the last twelve full months, returns subtracted, times the expected share of
-- the product: the season of its category, today's price against that of the year, and the change of all demand in
-- the last year. Lines expected are a quarter of the year's orders with the product, revenue is the year's. Price
-- and cost are those of the last three full months, of the year where nothing was sold in these. Expected share and
-- elasticity are told by the past of the whole company.
-- grain: product
-- needs: cost
-- params: date_to date, product text, segment text, category text, catalog text
-- units: product_id id, category text, revenue money, units score, lines score, price price, unit_cost price,
--   elasticity score, variance score, is_published flag, price_source label
-- excludes: products not sold in the last twelve full months
with parts_of_year as (
    select
        product_id,
        month >= date_trunc('month', cast($date_to as date)) - interval 3 month as is_recent,
        sum(orders) as orders,
        sum(quantity) as quantity,
        sum(revenue) as revenue,
        sum(margin) as margin,
        sum(costed_revenue) as costed_revenue
    from product_months
    where
        month >= date_trunc('month', cast($date_to as date)) - interval 12 month
        and month < date_trunc('month', cast($date_to as date))
        and ($product is null or product_id = $product)
        and ($segment is null or segment = $segment)
        and ($catalog is null or catalog_id = $catalog)
    group by product_id, is_recent
),

of_year as (
    select
        product_id,
        cast(sum(orders) as double) as orders,
        cast(sum(quantity) as double) as quantity,
        cast(sum(revenue) as double) as revenue,
        margin_rate(sum(margin), sum(costed_revenue)) as margin_rate
    from parts_of_year
    group by product_id
    having sum(quantity) > 0 and sum(revenue) > 0
),

of_quarter as (
    select
        product_id,
        cast(quantity as double) as quantity,
        cast(revenue as double) as revenue,
        margin_rate(margin, costed_revenue) as margin_rate
    from parts_of_year
    where is_recent and quantity > 0 and revenue > 0
),

priced as (
    select
        y.product_id,
        y.orders,
        y.quantity,
        y.revenue,
        coalesce(q.revenue, y.revenue) / coalesce(q.quantity, y.quantity) as price,
        coalesce(q.margin_rate, y.margin_rate) as margin_rate
    from of_year as y
    left join of_quarter as q on y.product_id = q.product_id
)

select
    s.product_id,
    p.category,
    cast(s.revenue as decimal(18, 2)) as revenue,
    s.quantity * e.expected_share as units,
    s.orders * 3 / 12 as lines,
    s.price,
    s.price * (1 - s.margin_rate) as unit_cost,
    e.elasticity,
    e.variance,
    e.is_published,
    e.source as price_source
from priced as s
inner join products as p on s.product_id = p.product_id
left join elasticities as e on e.level = 'item' and s.product_id = e.key
where $category is null or p.category = $category
order by s.product_id
