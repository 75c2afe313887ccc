-- Elasticity, cells: lines, units, revenue and prices of each product in each catalog and month, up to 36 months before
-- the as-of day's. Deviations are mean logarithms over the lines: quantity, invoiced and list price of a line less the
-- means of its product and catalog, then less the mean of what is left over its customer's lines of the category, so
-- that each customer is compared with itself. Promotion is how far, as a logarithm, the catalog's price stood below its
-- usual share of the list price, from 2% on. Returned lines are left out, and lines without a customer.
-- grain: product, catalog and month
-- params: as_of date
with sold as (
    select
        l.product_id,
        coalesce(l.catalog_id, '') as catalog_id,
        coalesce(p.category, '') as category,
        l.customer_id,
        cast(date_trunc('month', l.ordered_on) as date) as month,
        cast(l.quantity as double) as units,
        cast(l.revenue as double) as revenue,
        ln(cast(l.quantity as double)) as quantity,
        ln(cast(l.revenue as double) / nullif(cast(l.quantity as double), 0)) as price,
        case
            when l.list_value > 0 then ln(cast(l.list_value as double) / nullif(cast(l.quantity as double), 0))
        end as list_price
    from order_lines as l
    inner join products as p on l.product_id = p.product_id
    where
        l.quantity > 0
        and l.revenue > 0
        and l.customer_id is not null
        and l.ordered_on >= cast(cast(date_trunc('month', cast($as_of as date)) as date) - interval 36 month as date)
        and l.ordered_on <= cast($as_of as date)
),

usual_of_catalog as (
    select
        product_id,
        catalog_id,
        avg(quantity) as quantity,
        avg(price) as price,
        avg(list_price) as list_price
    from sold
    group by product_id, catalog_id
),

apart_from_catalog as (
    select
        s.product_id,
        s.catalog_id,
        s.category,
        s.customer_id,
        s.month,
        s.units,
        s.revenue,
        s.list_price as listed,
        s.quantity - u.quantity as quantity,
        s.price - u.price as price,
        coalesce(s.list_price - u.list_price, 0) as list_price
    from sold as s
    inner join usual_of_catalog as u on s.product_id = u.product_id and s.catalog_id = u.catalog_id
),

usual_of_customer as (
    select
        customer_id,
        category,
        avg(quantity) as quantity,
        avg(price) as price,
        avg(list_price) as list_price
    from apart_from_catalog
    group by customer_id, category
),

cells as (
    select
        a.product_id,
        a.catalog_id,
        a.month,
        count(*) as lines,
        sum(a.units) as units,
        sum(a.revenue) as revenue,
        avg(a.quantity - u.quantity) as quantity_deviation,
        avg(a.price - u.price) as price_deviation,
        avg(a.list_price - u.list_price) as list_deviation,
        avg(a.listed) as log_list_price
    from apart_from_catalog as a
    inner join usual_of_customer as u on a.customer_id = u.customer_id and a.category = u.category
    group by a.product_id, a.catalog_id, a.month
),

asked as (
    select
        c.product_id,
        c.catalog_id,
        c.month,
        max(ln(cast(i.price as double)) - c.log_list_price) as share_of_list
    from cells as c
    inner join catalog_prices as i
        on
            c.product_id = i.product_id
            and c.catalog_id = i.catalog_id
            and i.valid_from <= cast(c.month + interval 14 day as date)
            and coalesce(i.valid_to, cast(c.month + interval 14 day as date)) >= cast(c.month + interval 14 day as date)
    where i.price > 0
    group by c.product_id, c.catalog_id, c.month
),

usually_asked as (
    select
        product_id,
        catalog_id,
        median(share_of_list) as share_of_list
    from asked
    group by product_id, catalog_id
)

select
    cast(c.product_id as varchar) as product_id,
    cast(c.catalog_id as varchar) as catalog_id,
    cast(c.month as date) as month,
    cast(c.lines as bigint) as lines,
    cast(c.units as double) as units,
    cast(c.revenue as double) as revenue,
    cast(c.quantity_deviation as double) as quantity_deviation,
    cast(c.price_deviation as double) as price_deviation,
    cast(c.list_deviation as double) as list_deviation,
    cast(c.log_list_price as double) as log_list_price,
    cast(
        case when a.share_of_list <= u.share_of_list - 0.02 then u.share_of_list - a.share_of_list else 0 end as double
    ) as promotion
from cells as c
left join asked as a on c.product_id = a.product_id and c.catalog_id = a.catalog_id and c.month = a.month
left join usually_asked as u on c.product_id = u.product_id and c.catalog_id = u.catalog_id
