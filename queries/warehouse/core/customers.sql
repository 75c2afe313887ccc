-- Customers: accounts with their owner and catalog.
-- Held rank is a lot between 0 and 1 that an account keeps for good: those below a chosen share are held out.
-- grain: customer
-- scope: owner_rep_id
with hashed as (
    select
        *,
        md5('held out ' || customer_id) as hash
    from input_customers
)

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
    cast(c.expected_annual_volume as decimal(18, 2)) as expected_annual_volume,
    cast(c.created_on as date) as created_on,
    cast(
        cast(
            strpos('123456789abcdef', substring(c.hash, 1, 1)) * 4096
            + strpos('123456789abcdef', substring(c.hash, 2, 1)) * 256
            + strpos('123456789abcdef', substring(c.hash, 3, 1)) * 16
            + strpos('123456789abcdef', substring(c.hash, 4, 1)) as double
        ) / 65536 as double
    ) as held_rank
from hashed as c
left join input_sales_reps as r on c.owner_rep_id = r.rep_id
left join input_catalogs as k on c.catalog_id = k.catalog_id
