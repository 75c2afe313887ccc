-- Book of accounts: every account with what it bought in the period and how it keeps its own rhythm.
-- Change is against the comparison period. Usual interval is the median gap between order days, given from
-- five order days over 90 days on.
-- grain: customer
-- params: date_from date, date_to date, base_from date, base_to date, segment text, owner text, search text,
--   sort text, page_start integer, page_rows integer
-- units: customer_id id, customer text, segment label, owner text, rhythm label, orders count, quantity quantity,
--   revenue money, revenue_base money, change ratio, margin money, margin_rate ratio, days_since_last days,
--   usual_interval_days days, overdue_ratio factor, at_stake money, accounts count
-- excludes: sales to no known customer
with period_sums as (
    select
        customer_id,
        count(*) filter (where ordered_on >= $date_from and not is_credit_note) as orders,
        sum(quantity) filter (where ordered_on >= $date_from) as quantity,
        sum(revenue) filter (where ordered_on >= $date_from) as revenue,
        sum(revenue) filter (where ordered_on <= $base_to) as revenue_base,
        sum(margin) filter (where ordered_on >= $date_from) as margin,
        sum(costed_revenue) filter (where ordered_on >= $date_from) as costed_revenue
    from orders
    where
        (ordered_on between $date_from and $date_to or ordered_on between $base_from and $base_to)
        and ($segment is null or segment = $segment)
        and ($owner is null or owner_rep_id = $owner)
    group by customer_id
),

book as (
    select
        c.customer_id,
        c.name as customer,
        c.segment,
        c.owner_name as owner,
        r.rhythm,
        coalesce(s.orders, 0) as orders,
        coalesce(s.quantity, 0) as quantity,
        coalesce(s.revenue, 0) as revenue,
        coalesce(s.revenue_base, 0) as revenue_base,
        s.margin,
        cast(s.margin as double) / nullif(cast(s.costed_revenue as double), 0) as margin_rate,
        r.days_since_last,
        r.usual_interval_days,
        r.overdue_ratio,
        r.at_stake,
        case when r.rhythm = 'late' then r.at_stake else 0 end as late_at_stake
    from customers as c
    left join reorder_rhythm as r on c.customer_id = r.customer_id
    left join period_sums as s on c.customer_id = s.customer_id
    where
        ($segment is null or c.segment = $segment)
        and ($owner is null or c.owner_rep_id = $owner)
        and ($search is null or contains(lower(c.name), lower($search)) or lower(c.customer_id) = lower($search))
)

select
    customer_id,
    customer,
    segment,
    owner,
    rhythm,
    cast(orders as bigint) as orders,
    cast(quantity as decimal(18, 3)) as quantity,
    cast(revenue as decimal(18, 2)) as revenue,
    cast(revenue_base as decimal(18, 2)) as revenue_base,
    case when revenue_base > 0 then cast(revenue as double) / cast(revenue_base as double) - 1 end as change,
    cast(margin as decimal(18, 2)) as margin,
    margin_rate,
    days_since_last,
    usual_interval_days,
    overdue_ratio,
    at_stake,
    cast(count(*) over () as bigint) as accounts
from book
order by
    case when $sort = 'customer' then lower(customer) end,
    case when $sort = 'overdue' and rhythm = 'late' then 0 else 1 end,
    case $sort
        when 'revenue' then cast(revenue as double)
        when 'change' then cast(revenue_base - revenue as double)
        when 'margin' then cast(margin as double)
        when 'orders' then cast(orders as double)
        when 'overdue' then overdue_ratio
        when 'silence' then cast(days_since_last as double)
        else cast(late_at_stake as double)
    end desc nulls last,
    customer_id
limit $page_rows offset $page_start
