-- Catalog figures of the period: revenue, margin rate, price realisation, products sold and units beside the
-- comparison.
-- Price realisation is net value over list value, of the lines whose list price is known. A product is sold when
-- more of it was bought than returned.
-- grain: one row
-- params: date_month_from date, date_month_to date, base_month_from date, base_month_to date, base_to date, segment
--   text, category text, catalog text
-- units: revenue money, revenue_base money, margin_rate ratio, margin_rate_base ratio, price_realisation ratio,
--   price_realisation_base ratio, products_sold count, products_sold_base count, quantity quantity,
--   quantity_base quantity
-- reads: parts.catalogs.compared_months
with by_product as (
    select
        product_id,
        is_now,
        sum(quantity) as quantity,
        sum(revenue) as revenue,
        sum(margin) as margin,
        sum(costed_revenue) as costed_revenue,
        sum(listed_revenue) as listed_revenue,
        sum(list_value) as list_value
    from compared_months
    group by product_id, is_now
),

sums as (
    select
        sum(s.revenue) filter (where s.is_now) as revenue,
        sum(s.revenue) filter (where not s.is_now) as revenue_base,
        sum(s.margin) filter (where s.is_now) as margin,
        sum(s.margin) filter (where not s.is_now) as margin_base,
        sum(s.costed_revenue) filter (where s.is_now) as costed_revenue,
        sum(s.costed_revenue) filter (where not s.is_now) as costed_revenue_base,
        sum(s.listed_revenue) filter (where s.is_now) as listed_revenue,
        sum(s.listed_revenue) filter (where not s.is_now) as listed_revenue_base,
        sum(s.list_value) filter (where s.is_now) as list_value,
        sum(s.list_value) filter (where not s.is_now) as list_value_base,
        sum(s.quantity) filter (where s.is_now) as quantity,
        sum(s.quantity) filter (where not s.is_now) as quantity_base,
        count(*) filter (where s.is_now and s.quantity > 0) as products_sold,
        count(*) filter (where not s.is_now and s.quantity > 0) as products_sold_base
    from by_product as s
    inner join products as p on s.product_id = p.product_id
    where $category is null or p.category = $category
)

select
    cast(coalesce(revenue, 0) as decimal(18, 2)) as revenue,
    cast(if_compared($base_month_to, coalesce(revenue_base, 0)) as decimal(18, 2)) as revenue_base,
    margin_rate(margin, costed_revenue) as margin_rate,
    margin_rate(margin_base, costed_revenue_base) as margin_rate_base,
    price_realisation(listed_revenue, list_value) as price_realisation,
    price_realisation(listed_revenue_base, list_value_base) as price_realisation_base,
    cast(products_sold as bigint) as products_sold,
    cast(if_compared($base_month_to, products_sold_base) as bigint) as products_sold_base,
    cast(coalesce(quantity, 0) as decimal(18, 3)) as quantity,
    cast(if_compared($base_month_to, coalesce(quantity_base, 0)) as decimal(18, 3)) as quantity_base
from sums
