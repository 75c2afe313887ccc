-- Orders: the customer's orders and credit notes, newest first.
-- grain: order
-- params: customer text, page_start integer, page_rows integer
-- units: order_id id, ordered_on date, channel label, lines count, quantity quantity, revenue money, margin money,
--   margin_rate ratio, orders count
select
    order_id,
    ordered_on,
    channel,
    lines,
    quantity,
    revenue,
    margin,
    margin_rate(margin, costed_revenue) as margin_rate,
    cast(count(*) over () as bigint) as orders
from orders
where customer_id = $customer
order by ordered_on desc, order_id desc
limit $page_rows offset $page_start
