-- Months by category: what the customer bought of each category in each of the last 24 months, returns subtracted.
-- Share is of the category's own best month, so that a small category shows its rhythm beside a large one. The last
-- month reaches to the as-of day.
-- grain: category and month
-- params: customer text, date_to date
-- units: category text, month month, orders count, revenue money, share ratio
-- excludes: products without category, and months without a purchase
with category_months as (
    select
        p.category,
        cast(date_trunc('month', l.ordered_on) as date) as month,
        count(distinct l.order_id) filter (where l.quantity > 0) as orders,
        sum(l.revenue) as revenue
    from order_lines as l
    inner join products as p on l.product_id = p.product_id
    where
        l.customer_id = $customer
        and p.category is not null
        and l.ordered_on >= date_trunc('month', $date_to::date) - interval 23 month
    group by p.category, date_trunc('month', l.ordered_on)
),

compared as (
    select
        *,
        greatest(max(revenue) over (partition by category), 0) as best_month,
        sum(revenue) over (partition by category) as category_revenue
    from category_months
)

select
    category,
    month,
    orders,
    cast(revenue as decimal(18, 2)) as revenue,
    cast(greatest(revenue, 0) as double) / nullif(cast(best_month as double), 0) as share
from compared
order by category_revenue desc, category, month
