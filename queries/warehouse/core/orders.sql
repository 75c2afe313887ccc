-- Orders: one row per order or credit note, with the sums of its lines.
-- A credit note is a document without a single line of positive quantity; it lowers revenue and is no order.
-- An order without a rep is credited to whoever owned the account that day.
-- grain: order
-- scope: owner_rep_id
-- sort: ordered_on, order_id
with line_sums as (
    select
        order_id,
        count(*) as lines,
        sum(case when quantity > 0 then 1 else 0 end) as positive_lines,
        sum(quantity) as quantity,
        sum(revenue) as revenue,
        sum(list_value) as list_value,
        sum(listed_revenue) as listed_revenue,
        sum(margin) as margin,
        sum(costed_revenue) as costed_revenue
    from order_lines
    group by order_id
)

select
    cast(o.order_id as varchar) as order_id,
    cast(o.ordered_on as date) as ordered_on,
    cast(o.customer_id as varchar) as customer_id,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(coalesce(o.rep_id, h.rep_id) as varchar) as credited_rep_id,
    cast(c.segment as varchar) as segment,
    cast(coalesce(o.catalog_id, c.catalog_id) as varchar) as catalog_id,
    cast(o.channel as varchar) as channel,
    cast(o.quote_id as varchar) as quote_id,
    cast(o.currency as varchar) as currency,
    cast(coalesce(s.positive_lines, 0) = 0 as boolean) as is_credit_note,
    cast(coalesce(s.lines, 0) as bigint) as lines,
    cast(coalesce(s.quantity, 0) as decimal(18, 3)) as quantity,
    cast(coalesce(s.revenue, 0) as decimal(18, 2)) as revenue,
    cast(s.list_value as decimal(18, 2)) as list_value,
    cast(s.listed_revenue as decimal(18, 2)) as listed_revenue,
    cast(s.margin as decimal(18, 2)) as margin,
    cast(s.costed_revenue as decimal(18, 2)) as costed_revenue
from input_orders as o
left join line_sums as s on o.order_id = s.order_id
left join input_customers as c on o.customer_id = c.customer_id
left join stg_account_owners as h
    on
        o.rep_id is null
        and o.customer_id = h.customer_id
        and o.ordered_on >= h.starts_on
        and o.ordered_on < h.past_end
