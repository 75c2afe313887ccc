-- Products: what each product earned in the period, and how it moves.
-- Movement, the first that fits. Gone: sold in the comparison period, not in this one. New: first sold in this period
-- or the last 180 days, whichever is longer. Dying: bought less than half as often in the last 90 days as usual and as
-- a year ago. Falling, rising: revenue 10% below or above the comparison; steady: between. A, B, C: the products that
-- together bring the first four fifths of what is chosen, up to 95%, the rest. X, Y, Z: units by month vary little,
-- more, much (coefficient of variation up to 0.5, up to 1, above). Stock cover: stock over units a day of the last 90
-- days. Gone, falling, rising, A, B and C are of what is chosen; the others are of the whole company, where at least
-- five customers bought the product.
-- grain: product
-- params: date_to date, date_month_from date, date_month_to date, base_month_from date, base_month_to date, base_to
--   date, segment text, category text, catalog text, movement text, abc text, xyz text, search text, sort text,
--   page_start integer, page_rows integer
-- units: product_id id, sku id, product text, category text, brand text, quantity quantity, revenue money,
--   revenue_base money, change ratio, margin money, margin_rate ratio, price_realisation ratio, movement label,
--   abc label, xyz label, stock_cover_days days, products count
-- excludes: products sold in neither period
-- reads: parts.catalogs.compared_months
with sums as (
    select
        product_id,
        sum(quantity) filter (where is_now) as quantity,
        sum(quantity) filter (where not is_now) as quantity_base,
        sum(revenue) filter (where is_now) as revenue,
        sum(revenue) filter (where not is_now) as revenue_base,
        sum(margin) filter (where is_now) as margin,
        sum(costed_revenue) filter (where is_now) as costed_revenue,
        sum(listed_revenue) filter (where is_now) as listed_revenue,
        sum(list_value) filter (where is_now) as list_value
    from compared_months
    group by product_id
),

earned as (
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
        margin_rate(s.margin, s.costed_revenue) as margin_rate,
        price_realisation(s.listed_revenue, s.list_value) as price_realisation,
        case
            when s.quantity_base > 0 and coalesce(s.quantity, 0) <= 0 then 'gone'
            when t.first_sold_on >= least($date_month_from::date, $date_to::date - 179) then 'new'
            when t.is_dying then 'dying'
            when $base_month_to is null then null
            when s.revenue_base > 0 and 10 * coalesce(s.revenue, 0) < 9 * s.revenue_base then 'falling'
            when 10 * s.revenue > 11 * greatest(coalesce(s.revenue_base, 0), 0) then 'rising'
            when s.revenue_base > 0 then 'steady'
        end as movement,
        t.xyz,
        t.stock_cover_days,
        sum(greatest(coalesce(s.revenue, 0), 0)) over (order by s.revenue desc nulls last, p.product_id)
        - greatest(coalesce(s.revenue, 0), 0) as revenue_ahead,
        sum(greatest(coalesce(s.revenue, 0), 0)) over () as revenue_of_all
    from sums as s
    inner join products as p on s.product_id = p.product_id
    left join product_standing as t on s.product_id = t.product_id
    where $category is null or p.category = $category
),

classed as (
    select
        *,
        case
            when revenue <= 0 then null
            when 5 * revenue_ahead < 4 * revenue_of_all then 'A'
            when 20 * revenue_ahead < 19 * revenue_of_all then 'B'
            else 'C'
        end as abc
    from earned
),

listed as (
    select *
    from classed
    where
        ($movement is null or movement = $movement)
        and ($abc is null or abc = $abc)
        and ($xyz is null or xyz = $xyz)
        and ($search is null or contains(lower(product), lower($search)) or lower(sku) = lower($search))
)

select
    product_id,
    sku,
    product,
    category,
    brand,
    cast(quantity as decimal(18, 3)) as quantity,
    cast(revenue as decimal(18, 2)) as revenue,
    cast(if_compared($base_month_to, revenue_base) as decimal(18, 2)) as revenue_base,
    case when revenue_base > 0 then cast(revenue as double) / cast(revenue_base as double) - 1 end as change,
    cast(margin as decimal(18, 2)) as margin,
    margin_rate,
    price_realisation,
    movement,
    abc,
    xyz,
    stock_cover_days,
    cast(count(*) over () as bigint) as products
from listed
order by
    case when $sort = 'product' then lower(product) end,
    case when $sort in ('revenue_least', 'quantity_least', 'margin_least') and quantity <= 0 then 1 else 0 end,
    case $sort
        when 'revenue_least' then cast(-revenue as double)
        when 'change' then cast(revenue_base - revenue as double)
        when 'gain' then cast(revenue - revenue_base as double)
        when 'margin' then cast(margin as double)
        when 'margin_least' then cast(-margin as double)
        when 'margin_rate' then margin_rate
        when 'margin_rate_least' then -margin_rate
        when 'quantity' then cast(quantity as double)
        when 'quantity_least' then cast(-quantity as double)
        when 'stock_cover' then stock_cover_days
        when 'stock_cover_least' then -stock_cover_days
        else cast(revenue as double)
    end desc nulls last,
    product_id
limit $page_rows offset $page_start
