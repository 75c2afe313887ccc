-- Price, volume and mix: why a catalog's revenue differs from the comparison period's.
-- Price: what is charged more or less per unit, on today's units, of products sold in both periods. Volume: more or
-- fewer units, at the average price of the comparison period. Mix: dearer or cheaper products among them, with new and
-- dropped ones. Comparison + price + volume + mix = now, to the cent. A product of which more came back than was sold
-- in a period counts under mix.
-- grain: catalog
-- needs: catalog_orders
-- params: date_month_from date, date_month_to date, base_month_from date, base_month_to date, base_to date, segment
--   text, category text, catalog text
-- units: catalog_id id, catalog text, revenue_base money, price_effect money, volume_effect money, mix_effect money,
--   revenue money, quantity_base quantity, quantity quantity, price_change ratio
-- excludes: orders from no catalog
-- reads: parts.catalogs.compared_months
with product_sums as (
    select
        m.catalog_id,
        m.product_id,
        coalesce(sum(m.quantity) filter (where m.is_now), 0) as units,
        coalesce(sum(m.revenue) filter (where m.is_now), 0) as now,
        coalesce(sum(m.quantity) filter (where not m.is_now), 0) as units_before,
        coalesce(sum(m.revenue) filter (where not m.is_now), 0) as before
    from compared_months as m
    inner join products as p on m.product_id = p.product_id
    where m.catalog_id is not null and $base_month_to is not null and ($category is null or p.category = $category)
    group by m.catalog_id, m.product_id
),

effects as (
    select
        catalog_id,
        sum(before) as revenue_base,
        sum(now) as revenue,
        sum(units_before) as quantity_base,
        sum(units) as quantity,
        sum(
            cast(now as double) - cast(units as double) * cast(before as double) / cast(units_before as double)
        ) filter (
            where units > 0 and units_before > 0
        ) as price,
        sum(cast(units as double) * cast(before as double) / cast(units_before as double)) filter (
            where units > 0 and units_before > 0
        ) as units_at_prices_before
    from product_sums
    group by catalog_id
),

rounded as (
    select
        catalog_id,
        cast(revenue_base as decimal(18, 2)) as revenue_base,
        cast(revenue as decimal(18, 2)) as revenue,
        cast(quantity_base as decimal(18, 3)) as quantity_base,
        cast(quantity as decimal(18, 3)) as quantity,
        cast(round(coalesce(price, 0), 2) as decimal(18, 2)) as price_effect,
        cast(
            round(
                case
                    when quantity_base > 0
                        then
                            (cast(quantity as double) - cast(quantity_base as double))
                            * cast(revenue_base as double)
                            / cast(quantity_base as double)
                    else 0
                end,
                2
            ) as decimal(18, 2)
        ) as volume_effect,
        price / nullif(units_at_prices_before, 0) as price_change
    from effects
)

select
    e.catalog_id,
    k.name as catalog,
    e.revenue_base,
    e.price_effect,
    e.volume_effect,
    cast(e.revenue - e.revenue_base - e.price_effect - e.volume_effect as decimal(18, 2)) as mix_effect,
    e.revenue,
    e.quantity_base,
    e.quantity,
    e.price_change
from rounded as e
inner join catalogs as k on e.catalog_id = k.catalog_id
order by e.revenue desc, e.catalog_id
