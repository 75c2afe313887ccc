-- Assortment penetration by month: the average share of its catalog that a buying customer bought, over 24 months.
-- Counted are the products a customer's catalog of today offered at the month's end, and those of them it bought in the
-- 365 days up to it; the open month counts up to the as-of day. Each customer that bought anything in those days counts
-- alike.
-- Months of whose 365 days some were not loaded are left out.
-- grain: month
-- needs: catalog_prices
-- params: customer text, segment text, catalog text
-- units: month month, penetration ratio, buyers count, products_bought score, products_offered score
-- excludes: customers offered no catalog
-- reads: parts.shared.loaded_orders
select
    m.month,
    avg(cast(m.products_bought as double) / m.products_offered) as penetration,
    cast(count(*) as bigint) as buyers,
    cast(avg(m.products_bought) as double) as products_bought,
    cast(avg(m.products_offered) as double) as products_offered
from penetration_months as m
inner join customers as c on m.customer_id = c.customer_id
cross join loaded_orders as l
where
    (l.covered_from is null or m.month + interval 1 month >= l.covered_from + 365)
    and ($customer is null or m.customer_id = $customer)
    and ($segment is null or c.segment = $segment)
    and ($catalog is null or c.catalog_id = $catalog)
group by m.month
order by m.month
