-- Catalog against catalog: what each catalog earns with its target group.
-- Offered are the accounts the catalog is assigned to; penetration is buyers among those offered it; breadth is
-- products of which more was bought than returned over products in the catalog. Products ordered from a catalog
-- they are not in count as bought, so breadth may exceed one. Order frequency is orders from the catalog per buyer
-- among those offered it. All categories and catalogs are compared.
-- grain: catalog and segment
-- needs: catalogs
-- params: date_from date, date_to date, base_from date, base_to date, date_month_from date, date_month_to date,
--   segment text
-- units: catalog_id id, catalog text, segment label, revenue money, revenue_base money, change ratio, margin_rate
--   ratio, price_realisation ratio, offered count, buyers count, penetration ratio, products_bought count,
--   products_offered count, breadth ratio, order_frequency score
-- excludes: orders from no catalog
with sales as (
    select
        catalog_id,
        segment,
        sum(revenue) filter (where ordered_on >= $date_from) as revenue,
        sum(revenue) filter (where ordered_on <= $base_to) as revenue_base,
        sum(margin) filter (where ordered_on >= $date_from) as margin,
        sum(costed_revenue) filter (where ordered_on >= $date_from) as costed_revenue,
        sum(listed_revenue) filter (where ordered_on >= $date_from) as listed_revenue,
        sum(list_value) filter (where ordered_on >= $date_from) as list_value
    from orders
    where
        catalog_id is not null
        and (ordered_on between $date_from and $date_to or ordered_on between $base_from and $base_to)
    group by catalog_id, segment
),

buyers as (
    select
        catalog_id,
        customer_id,
        count(*) as orders
    from orders
    where ordered_on between $date_from and $date_to and not is_credit_note
    group by catalog_id, customer_id
),

offers as (
    select
        c.catalog_id,
        c.segment,
        count(*) as offered,
        count(b.customer_id) as buyers,
        cast(sum(b.orders) as double) as orders
    from customers as c
    left join buyers as b on c.catalog_id = b.catalog_id and c.customer_id = b.customer_id
    where c.catalog_id is not null
    group by c.catalog_id, c.segment
),

breadths as (
    select catalog_id, segment, count(*) as products_bought
    from (
        select catalog_id, segment, product_id
        from product_months
        where month between $date_month_from and $date_month_to
        group by catalog_id, segment, product_id
        having sum(quantity) > 0
    )
    group by catalog_id, segment
)

select
    k.catalog_id,
    k.name as catalog,
    coalesce(s.segment, o.segment) as segment,
    cast(coalesce(s.revenue, 0) as decimal(18, 2)) as revenue,
    cast(if_compared($base_to, coalesce(s.revenue_base, 0)) as decimal(18, 2)) as revenue_base,
    case
        when s.revenue_base > 0 then cast(coalesce(s.revenue, 0) as double) / cast(s.revenue_base as double) - 1
    end as change,
    margin_rate(s.margin, s.costed_revenue) as margin_rate,
    price_realisation(s.listed_revenue, s.list_value) as price_realisation,
    coalesce(o.offered, 0) as offered,
    coalesce(o.buyers, 0) as buyers,
    coalesce(o.buyers, 0) / nullif(o.offered, 0) as penetration,
    coalesce(b.products_bought, 0) as products_bought,
    k.products as products_offered,
    coalesce(b.products_bought, 0) / nullif(k.products, 0) as breadth,
    o.orders / nullif(o.buyers, 0) as order_frequency
from sales as s
full outer join offers as o on s.catalog_id = o.catalog_id and s.segment is not distinct from o.segment
inner join catalogs as k on coalesce(s.catalog_id, o.catalog_id) = k.catalog_id
left join breadths as b
    on
        k.catalog_id = b.catalog_id
        and coalesce(s.segment, o.segment) is not distinct from b.segment
where $segment is null or coalesce(s.segment, o.segment) = $segment
order by revenue desc, k.catalog_id, segment
