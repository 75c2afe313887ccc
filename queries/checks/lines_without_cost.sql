-- Order lines without a cost: they have no margin and stay out of margin rates.
-- grain: order line
-- level: warn
select order_id, line_no
from order_lines
where costed_revenue is null
