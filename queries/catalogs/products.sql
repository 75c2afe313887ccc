-- Products: what each product earned in the period.
-- grain: product
-- params: date_month_from date, date_month_to date, base_month_from date, base_month_to date, segment text,
--   category text, catalog text, search text, sort text, page_start integer, page_rows integer
-- units: product_id id, sku id, product text, category text, brand text, quantity quantity, revenue money,
--   revenue_base money, change ratio, margin money, margin_rate ratio, price_realisation ratio, products count
-- excludes: products sold in neither period
with sums as (
    select
        product_id,
        sum(quantity) filter (where month >= $date_month_from) as quantity,
        sum(revenue) filter (where month >= $date_month_from) as revenue,
        sum(revenue) filter (where month <= $base_month_to) as revenue_base,
        sum(margin) filter (where month >= $date_month_from) as margin,
        sum(costed_revenue) filter (where month >= $date_month_from) as costed_revenue,
        sum(listed_revenue) filter (where month >= $date_month_from) as listed_revenue,
        sum(list_value) filter (where month >= $date_month_from) as list_value
    from product_months
    where
        (
            month between $date_month_from and $date_month_to
            or (month between $base_month_from and $base_month_to and (month < $base_month_to or is_within_elapsed))
        )
        and ($segment is null or segment = $segment)
        and ($catalog is null or catalog_id = $catalog)
    group by product_id
),

listed as (
    select
        p.product_id,
        p.sku,
        p.name as product,
        p.category,
        p.brand,
        coalesce(s.quantity, 0) as quantity,
        coalesce(s.revenue, 0) as revenue,
        coalesce(s.revenue_base, 0) as revenue_base,
        s.margin,
        cast(s.margin as double) / nullif(cast(s.costed_revenue as double), 0) as margin_rate,
        cast(s.listed_revenue as double) / nullif(cast(s.list_value as double), 0) as price_realisation
    from sums as s
    inner join products as p on s.product_id = p.product_id
    where
        ($category is null or p.category = $category)
        and ($search is null or contains(lower(p.name), lower($search)) or lower(p.sku) = lower($search))
)

select
    product_id,
    sku,
    product,
    category,
    brand,
    cast(quantity as decimal(18, 3)) as quantity,
    cast(revenue as decimal(18, 2)) as revenue,
    cast(revenue_base as decimal(18, 2)) as revenue_base,
    case when revenue_base > 0 then cast(revenue as double) / cast(revenue_base as double) - 1 end as change,
    cast(margin as decimal(18, 2)) as margin,
    margin_rate,
    price_realisation,
    cast(count(*) over () as bigint) as products
from listed
order by
    case when $sort = 'product' then lower(product) end,
    case $sort
        when 'margin' then cast(margin as double)
        when 'margin_rate' then margin_rate
        when 'quantity' then cast(quantity as double)
        when 'change' then cast(revenue_base - revenue as double)
        else cast(revenue as double)
    end desc nulls last,
    product_id
limit $page_rows offset $page_start
