-- Revenue by month: the twelve months up to the as-of day, the last one possibly still open.
-- grain: month
-- params: date_to date, segment text, owner text
-- units: month month, revenue money
select
    cast(date_trunc('month', ordered_on) as date) as month,
    cast(sum(revenue) as decimal(18, 2)) as revenue
from orders
where
    ordered_on >= date_trunc('month', $date_to::date) - interval 11 month
    and ordered_on <= $date_to
    and ($segment is null or segment = $segment)
    and ($owner is null or owner_rep_id = $owner)
group by 1
order by 1
