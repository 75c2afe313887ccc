-- Customers: accounts with their owner and catalog.
-- grain: customer
-- scope: owner_rep_id
select
    cast(c.customer_id as varchar) as customer_id,
    cast(c.name as varchar) as name,
    cast(c.segment as varchar) as segment,
    cast(c.industry as varchar) as industry,
    cast(c.region as varchar) as region,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(r.name as varchar) as owner_name,
    cast(c.catalog_id as varchar) as catalog_id,
    cast(k.name as varchar) as catalog_name,
    cast(c.parent_id as varchar) as parent_id,
    cast(c.outlets as bigint) as outlets,
    cast(c.annual_turnover as decimal(18, 2)) as annual_turnover,
    cast(c.created_on as date) as created_on
from input_customers as c
left join input_sales_reps as r on c.owner_rep_id = r.rep_id
left join input_catalogs as k on c.catalog_id = k.catalog_id
