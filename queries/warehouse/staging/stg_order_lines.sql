-- Priced order lines: every order line with its amounts in the reporting currency.
-- A line counts with its amount, else with quantity x unit price rounded to cents in its own currency, as on the
-- invoice; it is then converted at the rate of the order's day and rounded again. Where the line has no list price or
-- cost of its own, the product's counts.
-- grain: order and line
-- materialize: view
with own_currency as (
    select
        l.order_id,
        l.line_no,
        o.ordered_on,
        o.customer_id,
        c.owner_rep_id,
        c.segment,
        l.product_id,
        coalesce(o.catalog_id, c.catalog_id) as catalog_id,
        o.channel,
        l.quantity,
        r.rate,
        coalesce(l.amount, round(cast(l.quantity as decimal(19, 3)) * l.unit_price, 2)) as net,
        round(cast(l.quantity as decimal(19, 3)) * l.list_price, 2) as list_net,
        round(cast(l.quantity as decimal(19, 3)) * l.unit_cost, 2) as cost_net,
        round(cast(l.quantity as decimal(19, 3)) * p.list_price, 2) as product_list,
        round(cast(l.quantity as decimal(19, 3)) * p.unit_cost, 2) as product_cost
    from input_order_lines as l
    inner join input_orders as o on l.order_id = o.order_id
    inner join stg_rates as r on o.currency = r.currency and o.ordered_on = r.day
    left join input_customers as c on o.customer_id = c.customer_id
    left join input_products as p on l.product_id = p.product_id
),

converted as (
    select
        order_id,
        line_no,
        ordered_on,
        customer_id,
        owner_rep_id,
        segment,
        product_id,
        catalog_id,
        channel,
        quantity,
        round(cast(net as decimal(19, 2)) * rate, 2) as revenue,
        coalesce(round(cast(list_net as decimal(19, 2)) * rate, 2), product_list) as list_value,
        coalesce(round(cast(cost_net as decimal(19, 2)) * rate, 2), product_cost) as cost
    from own_currency
)

select
    cast(order_id as varchar) as order_id,
    cast(line_no as bigint) as line_no,
    cast(ordered_on as date) as ordered_on,
    cast(customer_id as varchar) as customer_id,
    cast(owner_rep_id as varchar) as owner_rep_id,
    cast(segment as varchar) as segment,
    cast(product_id as varchar) as product_id,
    cast(catalog_id as varchar) as catalog_id,
    cast(channel as varchar) as channel,
    cast(quantity as decimal(18, 3)) as quantity,
    cast(revenue as decimal(18, 2)) as revenue,
    cast(list_value as decimal(18, 2)) as list_value,
    cast(cost as decimal(18, 2)) as cost
from converted
