-- Revenue by month: the twelve months up to the as-of day, the last one possibly still open.
-- A month without sales is zero; months before the first document of the house are left out.
-- grain: month
-- params: date_to date, segment text, owner text
-- units: month month, revenue money
with months as (
    select distinct month
    from calendar
    where month between date_trunc('month', $date_to::date) - interval 11 month and $date_to
),

sales as (
    select
        date_trunc('month', ordered_on) as month,
        sum(revenue) as revenue
    from orders
    where
        ordered_on >= date_trunc('month', $date_to::date) - interval 11 month
        and ordered_on <= $date_to
        and ($segment is null or segment = $segment)
        and ($owner is null or owner_rep_id = $owner)
    group by 1
)

select
    months.month,
    cast(coalesce(sales.revenue, 0) as decimal(18, 2)) as revenue
from months
left join sales on months.month = sales.month
order by months.month
