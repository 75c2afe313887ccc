-- Growth, products: what may still be offered to anyone on the as-of day.
-- Sold in the last 180 days, not discontinued, and not only in catalogs that are no longer in force.
-- grain: product
-- params: as_of date
with sold as (
    select product_id
    from order_lines
    where
        quantity > 0
        and ordered_on > cast(cast($as_of as date) - interval 180 day as date)
        and ordered_on <= cast($as_of as date)
    group by product_id
),

listed as (
    select
        product_id,
        max(
            case when coalesce(valid_to, cast($as_of as date)) >= cast($as_of as date) then 1 else 0 end
        ) as is_in_force
    from input_catalog_items
    where valid_from <= cast($as_of as date)
    group by product_id
)

select
    cast(p.product_id as varchar) as product_id,
    cast(p.category as varchar) as category
from products as p
inner join sold as s on p.product_id = s.product_id
left join listed as i on p.product_id = i.product_id
where
    coalesce(p.discontinued_on, cast(cast($as_of as date) + interval 1 day as date)) > cast($as_of as date)
    and coalesce(i.is_in_force, 1) = 1
