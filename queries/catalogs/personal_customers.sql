-- Customers of a catalog: how much of it each bought in the last 365 days, and what the proposals to it are worth.
-- Potential is what customers like it spend in a year on the products proposed to it.
-- grain: customer
-- needs: catalog_prices
-- params: date_to date, segment text, catalog text, search text, sort text, page_start integer, page_rows integer
-- units: customer_id id, customer text, penetration ratio, products_bought count, proposals count,
--   yearly_potential money, customers count
-- excludes: customers offered no catalog
with proposed as (
    select
        customer_id,
        count(*) as proposals,
        sum(potential_p50) as yearly_potential
    from growth_proposals
    group by customer_id
),

listed as (
    select
        c.customer_id,
        c.name as customer,
        cast(m.products_bought as double) / m.products_offered as penetration,
        coalesce(m.products_bought, 0) as products_bought,
        coalesce(p.proposals, 0) as proposals,
        p.yearly_potential
    from customers as c
    left join penetration_months as m
        on c.customer_id = m.customer_id and m.month = date_trunc('month', cast($date_to as date))
    left join proposed as p on c.customer_id = p.customer_id
    where
        c.catalog_id is not null
        and ($segment is null or c.segment = $segment)
        and ($catalog is null or c.catalog_id = $catalog)
        and ($search is null or contains(lower(c.name), lower($search)) or lower(c.customer_id) = lower($search))
)

select
    customer_id,
    customer,
    penetration,
    products_bought,
    proposals,
    cast(yearly_potential as decimal(18, 2)) as yearly_potential,
    cast(count(*) over () as bigint) as customers
from listed
order by
    case when $sort = 'customer' then lower(customer) end,
    case when $sort = 'penetration' then penetration else cast(yearly_potential as double) end desc nulls last,
    customer_id
limit $page_rows offset $page_start
