-- Order lines: invoiced lines with revenue, list value and margin in the reporting currency.
-- grain: order and line
-- scope: owner_rep_id
-- sort: customer_id, ordered_on, order_id, line_no
-- inside: channel, listed_revenue, costed_revenue
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
    cast(case when list_value is not null then revenue end as decimal(18, 2)) as listed_revenue,
    cast(revenue - cost as decimal(18, 2)) as margin,
    cast(case when cost is not null then revenue end as decimal(18, 2)) as costed_revenue
from stg_order_lines
