-- Product by month: revenue of one product in the last 24 months, in the segment and catalog chosen.
-- grain: month
-- params: product text, date_to date, segment text, catalog text
-- units: month month, revenue money, quantity quantity
select
    month,
    cast(sum(revenue) as decimal(18, 2)) as revenue,
    cast(sum(quantity) as decimal(18, 3)) as quantity
from product_months
where
    product_id = $product
    and month >= date_trunc('month', $date_to::date) - interval 23 month
    and month <= $date_to
    and ($segment is null or segment = $segment)
    and ($catalog is null or catalog_id = $catalog)
group by month
order by month
