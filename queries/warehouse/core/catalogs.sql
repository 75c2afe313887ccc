-- Catalogs: what is offered to which target group, with the number of products in it on the as-of day.
-- grain: catalog
-- params: as_of date
-- scope: all
with offered as (
    select
        catalog_id,
        count(distinct product_id) as products
    from input_catalog_items
    where valid_from <= cast($as_of as date) and coalesce(valid_to, cast($as_of as date)) >= cast($as_of as date)
    group by catalog_id
)

select
    cast(c.catalog_id as varchar) as catalog_id,
    cast(c.name as varchar) as name,
    cast(c.target_group as varchar) as target_group,
    cast(c.valid_from as date) as valid_from,
    cast(c.valid_to as date) as valid_to,
    cast(coalesce(o.products, 0) as bigint) as products
from input_catalogs as c
left join offered as o on c.catalog_id = o.catalog_id
