-- Catalog prices: what a catalog asks for one unit of a product, from when until when.
-- grain: catalog, product and start of validity
-- scope: all
-- sort: product_id, catalog_id, valid_from
select
    cast(i.catalog_id as varchar) as catalog_id,
    cast(i.product_id as varchar) as product_id,
    cast(i.valid_from as date) as valid_from,
    cast(i.valid_to as date) as valid_to,
    cast(i.price as decimal(18, 6)) as price
from input_catalog_items as i
