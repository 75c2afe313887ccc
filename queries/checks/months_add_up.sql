-- Product months add up: their revenue must be that of the order lines.
-- grain: month whose revenue differs
-- level: fail
with by_month as (
    select month, sum(revenue) as revenue
    from product_months
    group by month
),

by_line as (
    select cast(date_trunc('month', ordered_on) as date) as month, sum(revenue) as revenue
    from order_lines
    group by cast(date_trunc('month', ordered_on) as date)
)

select l.month, l.revenue, m.revenue as product_months_revenue
from by_line as l
full outer join by_month as m on l.month = m.month
where l.revenue is distinct from m.revenue
