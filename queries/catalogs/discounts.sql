-- Discounts: what was given away below list price, by category, by product, or by catalog and segment.
-- A discount is what a line brings less than its list value. Depth is discounts over the list value of the lines sold
-- below list. Units against the rest is the change in units less that of all others together whose depth rose by no
-- more than 0.1 points: for a product, others are the products of its category. That was observed and need not be an
-- effect: discounts follow large and negotiated deals. It is given where the row and the others each had 20 orders in
-- both periods, an order counting once for each product.
-- grain: category, product, or catalog and segment
-- needs: list_price
-- params: by text, date_month_from date, date_month_to date, base_month_from date, base_month_to date, base_to date,
--   segment text, category text, catalog text, search text, sort text, page_start integer, page_rows integer
-- units: category text, product_id id, product text, catalog_id id, catalog text, segment label, discounts money,
--   discounts_base money, discount_depth ratio, depth_change ratio, price_realisation ratio, quantity quantity,
--   quantity_base quantity, quantity_change ratio, units_against_rest ratio, discounted count
-- excludes: what was sold without a discount in both periods
-- reads: parts.catalogs.compared_months
with by_product as (
    select
        product_id,
        case when $by = 'by_catalog' then catalog_id end as catalog_id,
        case when $by = 'by_catalog' then segment end as segment,
        is_now,
        sum(orders) as orders,
        sum(quantity) as quantity,
        sum(list_value) as list_value,
        sum(listed_revenue) as listed_revenue,
        sum(discounted_list_value) as discounted_list_value,
        sum(discounted_list_value) - sum(discounted_revenue) as discounts
    from compared_months
    group by all
),

sums as (
    select
        case when $by <> 'by_catalog' then p.category end as category,
        case when $by = 'by_product' then s.product_id end as product_id,
        s.catalog_id,
        s.segment,
        coalesce(sum(s.orders) filter (where s.is_now), 0) as orders,
        coalesce(sum(s.orders) filter (where not s.is_now), 0) as orders_base,
        coalesce(sum(s.quantity) filter (where s.is_now), 0) as quantity,
        coalesce(sum(s.quantity) filter (where not s.is_now), 0) as quantity_base,
        sum(s.list_value) filter (where s.is_now) as list_value,
        sum(s.listed_revenue) filter (where s.is_now) as listed_revenue,
        coalesce(sum(s.discounts) filter (where s.is_now), 0) as discounts,
        coalesce(sum(s.discounts) filter (where not s.is_now), 0) as discounts_base,
        sum(s.discounted_list_value) filter (where s.is_now) as discounted_list_value,
        sum(s.discounted_list_value) filter (where not s.is_now) as discounted_list_value_base
    from by_product as s
    inner join products as p on s.product_id = p.product_id
    where $category is null or p.category = $category
    group by all
),

depths as (
    select
        *,
        discount_depth(discounts, discounted_list_value) as discount_depth,
        discount_depth(discounts_base, discounted_list_value_base) as discount_depth_base,
        coalesce(discount_depth, 0) - coalesce(discount_depth_base, 0) <= 0.001 as is_rest,
        case when $by = 'by_product' then category end as peers
    from sums
),

beside_the_rest as (
    select
        *,
        sum(orders) filter (where is_rest) over (partition by peers)
        - case when is_rest then orders else 0 end as rest_orders,
        sum(orders_base) filter (where is_rest) over (partition by peers)
        - case when is_rest then orders_base else 0 end as rest_orders_base,
        cast(
            sum(quantity) filter (where is_rest) over (partition by peers)
            - case when is_rest then quantity else 0 end as double
        ) as rest_quantity,
        cast(
            sum(quantity_base) filter (where is_rest) over (partition by peers)
            - case when is_rest then quantity_base else 0 end as double
        ) as rest_quantity_base
    from depths
),

listed as (
    select
        b.category,
        b.product_id,
        p.name as product,
        b.catalog_id,
        k.name as catalog,
        b.segment,
        b.discounts,
        b.discounts_base,
        b.discount_depth,
        b.discount_depth - b.discount_depth_base as depth_change,
        price_realisation(b.listed_revenue, b.list_value) as price_realisation,
        b.quantity,
        b.quantity_base,
        case
            when b.quantity_base > 0 and b.orders_base >= 5
                then cast(b.quantity as double) / cast(b.quantity_base as double) - 1
        end as quantity_change,
        case
            when
                least(b.orders, b.orders_base, b.rest_orders, b.rest_orders_base) >= 20
                and b.quantity_base > 0
                and b.rest_quantity_base > 0
                then
                    cast(b.quantity as double) / cast(b.quantity_base as double)
                    - b.rest_quantity / b.rest_quantity_base
        end as units_against_rest
    from beside_the_rest as b
    left join products as p on b.product_id = p.product_id
    left join catalogs as k on b.catalog_id = k.catalog_id
    where
        (b.discounts > 0 or b.discounts_base > 0)
        and (
            $search is null
            or contains(lower(coalesce(p.name, k.name, b.category)), lower($search))
            or lower(p.sku) = lower($search)
        )
)

select
    category,
    product_id,
    product,
    catalog_id,
    catalog,
    segment,
    cast(discounts as decimal(18, 2)) as discounts,
    cast(if_compared($base_month_to, discounts_base) as decimal(18, 2)) as discounts_base,
    discount_depth,
    depth_change,
    price_realisation,
    cast(quantity as decimal(18, 3)) as quantity,
    cast(if_compared($base_month_to, quantity_base) as decimal(18, 3)) as quantity_base,
    quantity_change,
    units_against_rest,
    cast(count(*) over () as bigint) as discounted
from listed
order by
    case $sort
        when 'discount_depth' then discount_depth
        when 'depth_change' then depth_change
        when 'units_against_rest' then units_against_rest
        else cast(discounts as double)
    end desc nulls last,
    category,
    product_id,
    catalog_id,
    segment
limit $page_rows offset $page_start
