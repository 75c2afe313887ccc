-- Catalog figures of the period: revenue, margin rate, price realisation, products sold and units beside the
-- comparison.
-- Price realisation is net value over list value, of the lines whose list price is known. A product is sold when
-- more of it was bought than returned.
-- grain: one row
-- params: date_month_from date, date_month_to date, base_month_from date, base_month_to date, segment text,
--   category text, catalog text
-- units: revenue money, revenue_base money, margin_rate ratio, margin_rate_base ratio, price_realisation ratio,
--   price_realisation_base ratio, products_sold count, products_sold_base count, quantity quantity,
--   quantity_base quantity
with chosen as (
    select
        m.*,
        m.month >= $date_month_from as is_now
    from product_months as m
    inner join products as p on m.product_id = p.product_id
    where
        (
            m.month between $date_month_from and $date_month_to
            or (
                m.month between $base_month_from and $base_month_to
                and (m.month < $base_month_to or m.is_within_elapsed)
            )
        )
        and ($segment is null or m.segment = $segment)
        and ($category is null or p.category = $category)
        and ($catalog is null or m.catalog_id = $catalog)
),

sold as (
    select
        count(*) filter (where is_now) as products,
        count(*) filter (where not is_now) as products_base
    from (
        select product_id, is_now
        from chosen
        group by product_id, is_now
        having sum(quantity) > 0
    )
),

sums as (
    select
        sum(revenue) filter (where is_now) as revenue,
        sum(revenue) filter (where not is_now) as revenue_base,
        sum(margin) filter (where is_now) as margin,
        sum(margin) filter (where not is_now) as margin_base,
        sum(costed_revenue) filter (where is_now) as costed_revenue,
        sum(costed_revenue) filter (where not is_now) as costed_revenue_base,
        sum(listed_revenue) filter (where is_now) as listed_revenue,
        sum(listed_revenue) filter (where not is_now) as listed_revenue_base,
        sum(list_value) filter (where is_now) as list_value,
        sum(list_value) filter (where not is_now) as list_value_base,
        sum(quantity) filter (where is_now) as quantity,
        sum(quantity) filter (where not is_now) as quantity_base
    from chosen
)

select
    cast(coalesce(s.revenue, 0) as decimal(18, 2)) as revenue,
    cast(coalesce(s.revenue_base, 0) as decimal(18, 2)) as revenue_base,
    cast(s.margin as double) / nullif(cast(s.costed_revenue as double), 0) as margin_rate,
    cast(s.margin_base as double) / nullif(cast(s.costed_revenue_base as double), 0) as margin_rate_base,
    cast(s.listed_revenue as double) / nullif(cast(s.list_value as double), 0) as price_realisation,
    cast(s.listed_revenue_base as double) / nullif(cast(s.list_value_base as double), 0) as price_realisation_base,
    cast(sold.products as bigint) as products_sold,
    cast(sold.products_base as bigint) as products_sold_base,
    cast(coalesce(s.quantity, 0) as decimal(18, 3)) as quantity,
    cast(coalesce(s.quantity_base, 0) as decimal(18, 3)) as quantity_base
from sums as s
cross join sold
