-- Order lines without a list price: they stay out of price realisation.
-- grain: order line
-- level: warn
select order_id, line_no
from order_lines
where listed_revenue is null
