-- Bought together: products that stand in the same order more often than chance, strongest first, or what goes with
-- one. Of the whole company, orders of the last 365 days with at most 50 products; pairs with at least ten common
-- orders of at least five customers, among the 1,000 products most ordered. Lift: how many times more often both are
-- ordered together than if each were chosen by itself; the interval holds nine of ten, and pairs are ranked by its
-- lower end. Support: orders with both among all. Confidence: orders with both among those with the product.
-- grain: pair of products
-- params: product text, category text, search text, sort text, page_start integer, page_rows integer
-- units: product_id id, product text, other_product_id id, other_product text, lift factor, lift_low factor,
--   lift_high factor, orders_both count, support ratio, confidence ratio, pairs count
with directed as (
    select
        product_id,
        other_product_id,
        orders_product,
        orders_both,
        orders_all,
        lift,
        lift_low,
        lift_high
    from product_pairs
    where $product is null or product_id = $product
    union all
    select
        other_product_id,
        product_id,
        orders_other,
        orders_both,
        orders_all,
        lift,
        lift_low,
        lift_high
    from product_pairs
    where other_product_id = $product
)

select
    d.product_id,
    p.name as product,
    d.other_product_id,
    o.name as other_product,
    d.lift,
    d.lift_low,
    d.lift_high,
    d.orders_both,
    d.orders_both / d.orders_all as support,
    d.orders_both / d.orders_product as confidence,
    cast(count(*) over () as bigint) as pairs
from directed as d
inner join products as p on d.product_id = p.product_id
inner join products as o on d.other_product_id = o.product_id
where
    ($category is null or p.category = $category or o.category = $category)
    and (
        $search is null
        or contains(lower(p.name), lower($search))
        or contains(lower(o.name), lower($search))
        or lower(p.sku) = lower($search)
        or lower(o.sku) = lower($search)
    )
order by
    case when $sort = 'orders_both' then d.orders_both else d.lift_low end desc,
    d.lift_low desc,
    d.product_id,
    d.other_product_id
limit $page_rows offset $page_start
