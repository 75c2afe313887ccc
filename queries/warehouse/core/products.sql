-- Products: the assortment.
-- grain: product
-- scope: all
select
    cast(p.product_id as varchar) as product_id,
    cast(coalesce(p.sku, p.product_id) as varchar) as sku,
    cast(p.name as varchar) as name,
    cast(p.category as varchar) as category,
    cast(p.brand as varchar) as brand,
    cast(p.list_price as decimal(18, 6)) as list_price,
    cast(p.stock as decimal(18, 3)) as stock,
    cast(p.discontinued_on as date) as discontinued_on
from input_products as p
