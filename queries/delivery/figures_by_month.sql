-- Figures by month: what each account, catalog or category brought in the months up to the end of each month.
-- Of so many months together, against as many that ended so many months earlier. What was neither bought in the one
-- nor in the other has no row.
-- grain: account, catalog or category, as asked for, and month
-- params: by text, subject text, month_from date, month_to date, months integer, months_back integer
-- units: subject id, name text, month month, revenue money, revenue_base money, change ratio, margin_rate ratio,
--   price_realisation ratio
-- excludes: sales to no known customer, from no catalog, and of products without category
with sums as (
    select
        case $by when 'by_customer' then customer_id else catalog_id end as subject,
        cast(date_trunc('month', ordered_on) as date) as month,
        sum(revenue) as revenue,
        sum(margin) as margin,
        sum(costed_revenue) as costed_revenue,
        sum(listed_revenue) as listed_revenue,
        sum(list_value) as list_value
    from orders
    where
        $by in ('by_customer', 'by_catalog')
        and ordered_on >= $month_from::date - to_months(cast($months + $months_back as integer))
        and ordered_on < $month_to::date + interval 1 month
    group by all
    union all
    select
        p.category as subject,
        m.month,
        sum(m.revenue) as revenue,
        sum(m.margin) as margin,
        sum(m.costed_revenue) as costed_revenue,
        sum(m.listed_revenue) as listed_revenue,
        sum(m.list_value) as list_value
    from product_months as m
    inner join products as p on m.product_id = p.product_id
    where $by = 'by_category' and m.month <= $month_to
    group by p.category, m.month
),

-- Each month counts at its own end and at those that follow, and so much later in what is compared with.
counted as (
    select
        subject,
        cast(month + to_months(cast(unnest(range(0, $months)) as integer)) as date) as month,
        true as is_now,
        revenue,
        margin,
        costed_revenue,
        listed_revenue,
        list_value
    from sums
    where subject is not null and ($subject is null or subject = $subject)
    union all
    select
        subject,
        cast(month + to_months(cast(unnest(range($months_back, $months_back + $months)) as integer)) as date) as month,
        false as is_now,
        revenue,
        null as margin,
        null as costed_revenue,
        null as listed_revenue,
        null as list_value
    from sums
    where subject is not null and ($subject is null or subject = $subject)
),

figures as (
    select
        subject,
        month,
        coalesce(sum(revenue) filter (where is_now), 0) as revenue,
        coalesce(sum(revenue) filter (where not is_now), 0) as revenue_base,
        sum(margin) as margin,
        sum(costed_revenue) as costed_revenue,
        sum(listed_revenue) as listed_revenue,
        sum(list_value) as list_value
    from counted
    where month between $month_from and $month_to
    group by subject, month
)

select
    f.subject,
    case $by when 'by_customer' then c.name when 'by_catalog' then k.name else f.subject end as name,
    f.month,
    cast(f.revenue as decimal(18, 2)) as revenue,
    cast(f.revenue_base as decimal(18, 2)) as revenue_base,
    case when f.revenue_base > 0 then cast(f.revenue as double) / cast(f.revenue_base as double) - 1 end as change,
    margin_rate(f.margin, f.costed_revenue) as margin_rate,
    price_realisation(f.listed_revenue, f.list_value) as price_realisation
from figures as f
left join customers as c on $by = 'by_customer' and f.subject = c.customer_id
left join catalogs as k on $by = 'by_catalog' and f.subject = k.catalog_id
where $by = 'by_category' or c.customer_id is not null or k.catalog_id is not null
order by f.subject, f.month
