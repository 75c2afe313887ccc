-- Catalog figures of the period: revenue, margin rate, price realisation, products sold and units beside the
-- comparison.
-- Price realisation is net value over list value, of the lines whose list price is known.
-- grain: one row
-- params: date_month_from date, date_month_to date, base_month_from date, base_month_to date, segment text,
--   category text
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
)

select
    cast(coalesce(sum(revenue) filter (where is_now), 0) as decimal(18, 2)) as revenue,
    cast(coalesce(sum(revenue) filter (where not is_now), 0) as decimal(18, 2)) as revenue_base,
    cast(sum(margin) filter (where is_now) as double)
    / nullif(cast(sum(costed_revenue) filter (where is_now) as double), 0) as margin_rate,
    cast(sum(margin) filter (where not is_now) as double)
    / nullif(cast(sum(costed_revenue) filter (where not is_now) as double), 0) as margin_rate_base,
    cast(sum(listed_revenue) filter (where is_now) as double)
    / nullif(cast(sum(list_value) filter (where is_now) as double), 0) as price_realisation,
    cast(sum(listed_revenue) filter (where not is_now) as double)
    / nullif(cast(sum(list_value) filter (where not is_now) as double), 0) as price_realisation_base,
    cast(count(distinct product_id) filter (where is_now) as bigint) as products_sold,
    cast(count(distinct product_id) filter (where not is_now) as bigint) as products_sold_base,
    cast(coalesce(sum(quantity) filter (where is_now), 0) as decimal(18, 3)) as quantity,
    cast(coalesce(sum(quantity) filter (where not is_now), 0) as decimal(18, 3)) as quantity_base
from chosen
