-- Every line counted: each loaded order line must have reached the warehouse.
-- grain: order with a line lost on the way, such as for want of an exchange rate
-- level: fail
select
    l.order_id,
    l.line_no
from input_order_lines as l
left join order_lines as w on l.order_id = w.order_id and l.line_no = w.line_no
where w.order_id is null
