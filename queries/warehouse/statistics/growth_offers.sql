-- Growth, offers: the products of each catalog in force on the as-of day.
-- grain: catalog and product
-- params: as_of date
select
    cast(catalog_id as varchar) as catalog_id,
    cast(product_id as varchar) as product_id
from input_catalog_items
where valid_from <= cast($as_of as date) and coalesce(valid_to, cast($as_of as date)) >= cast($as_of as date)
group by catalog_id, product_id
