-- Buyers of a product: customers that bought it in the period, by revenue, in the segment and catalog chosen.
-- Returns lower units and revenue and are no orders.
-- grain: customer
-- params: product text, date_from date, date_to date, page_start integer, page_rows integer, segment text,
--   catalog text
-- units: customer_id id, customer text, segment label, orders count, quantity quantity, revenue money,
--   margin_rate ratio, last_bought_on date, buyers count
-- excludes: sales without a known customer
with bought as (
    select
        customer_id,
        count(distinct order_id) filter (where quantity > 0) as orders,
        sum(quantity) as quantity,
        sum(revenue) as revenue,
        sum(margin) as margin,
        sum(where_known(revenue, margin)) as costed_revenue,
        max(ordered_on) filter (where quantity > 0) as last_bought_on
    from order_lines
    where
        product_id = $product
        and ordered_on between $date_from and $date_to
        and customer_id is not null
        and ($segment is null or segment = $segment)
        and ($catalog is null or catalog_id = $catalog)
    group by customer_id
)

select
    c.customer_id,
    c.name as customer,
    c.segment,
    b.orders,
    cast(b.quantity as decimal(18, 3)) as quantity,
    cast(b.revenue as decimal(18, 2)) as revenue,
    margin_rate(b.margin, b.costed_revenue) as margin_rate,
    b.last_bought_on,
    cast(count(*) over () as bigint) as buyers
from bought as b
inner join customers as c on b.customer_id = c.customer_id
order by b.revenue desc, c.customer_id
limit $page_rows offset $page_start
