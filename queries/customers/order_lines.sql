-- Order lines: what stands on one order.
-- grain: order line
-- params: customer text, order text
-- units: line_no count, sku id, product text, quantity quantity, revenue money, list_value money,
--   price_realisation ratio, margin money
select
    l.line_no,
    p.sku,
    p.name as product,
    l.quantity,
    l.revenue,
    l.list_value,
    price_realisation(where_known(l.revenue, l.list_value), l.list_value) as price_realisation,
    l.margin
from order_lines as l
left join products as p on l.product_id = p.product_id
where l.customer_id = $customer and l.order_id = $order
order by l.line_no
