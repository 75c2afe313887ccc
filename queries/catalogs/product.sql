-- Product: one product with its figures of the period, in the segment and catalog chosen.
-- grain: one product
-- params: product text, date_month_from date, date_month_to date, base_month_from date, base_month_to date, base_to
--   date, segment text, catalog text
-- units: product_id id, sku id, product text, category text, brand text, stock quantity, quantity quantity,
--   quantity_base quantity, revenue money, revenue_base money, margin_rate ratio, margin_rate_base ratio,
--   price_realisation ratio, price_realisation_base ratio
-- reads: parts.catalogs.compared_months
select
    p.product_id,
    p.sku,
    p.name as product,
    p.category,
    p.brand,
    p.stock,
    cast(coalesce(sum(m.quantity) filter (where m.is_now), 0) as decimal(18, 3)) as quantity,
    cast(if_compared($base_month_to, coalesce(sum(m.quantity) filter (where not m.is_now), 0)) as decimal(18, 3))
        as quantity_base,
    cast(coalesce(sum(m.revenue) filter (where m.is_now), 0) as decimal(18, 2)) as revenue,
    cast(if_compared($base_month_to, coalesce(sum(m.revenue) filter (where not m.is_now), 0)) as decimal(18, 2))
        as revenue_base,
    margin_rate(sum(m.margin) filter (where m.is_now), sum(m.costed_revenue) filter (where m.is_now)) as margin_rate,
    margin_rate(sum(m.margin) filter (where not m.is_now), sum(m.costed_revenue) filter (where not m.is_now))
        as margin_rate_base,
    price_realisation(sum(m.listed_revenue) filter (where m.is_now), sum(m.list_value) filter (where m.is_now))
        as price_realisation,
    price_realisation(
        sum(m.listed_revenue) filter (where not m.is_now), sum(m.list_value) filter (where not m.is_now)
    ) as price_realisation_base
from products as p
left join compared_months as m on p.product_id = m.product_id
where p.product_id = $product
group by all
