-- Group purchases: when the customers that are offered a catalog last bought each product, by segment, of the whole
-- company.
-- It names nobody and counts nobody: whoever sees few of the customers must still know what the others buy. Returned
-- lines are no purchases.
-- grain: catalog, segment and product
-- scope: all
-- sort: catalog_id, segment, product_id
select
    cast(c.catalog_id as varchar) as catalog_id,
    cast(c.segment as varchar) as segment,
    cast(s.product_id as varchar) as product_id,
    cast(max(s.last_bought_on) as date) as last_bought_on
from product_spells as s
inner join customers as c on s.customer_id = c.customer_id
where c.catalog_id is not null
group by c.catalog_id, c.segment, s.product_id
