-- Accounts behind the change: which raised or lowered what one person is credited with, beside the days compared with.
-- The five that fell most, the five that rose most, and all others in one row, so that the rows add up to the person's
-- revenue. Accounts that somebody out of sight looks after today are among the others.
-- grain: customer, the largest change first, and one row for all others
-- params: date_month_from date, date_month_to date, base_month_from date, base_month_to date, base_to date, rep text
-- units: customer_id id, customer text, revenue money, revenue_base money, change money
with credited as (
    select
        o.customer_id,
        o.revenue,
        c.month >= $date_month_from as is_now
    from orders as o
    inner join calendar as c on o.ordered_on = c.day
    where
        o.credited_rep_id = $rep
        and (
            c.month between $date_month_from and $date_month_to
            or (
                c.month between $base_month_from and $base_month_to
                and (c.month < $base_month_to or c.is_within_elapsed or $base_to::date = last_day($base_to::date))
            )
        )
),

accounts as (
    select
        customer_id,
        coalesce(sum(revenue) filter (where is_now), 0) as revenue,
        coalesce(sum(revenue) filter (where not is_now), 0) as revenue_base
    from credited
    where customer_id is not null
    group by customer_id
),

ranked as (
    select
        *,
        row_number() over (order by revenue - revenue_base, customer_id) as most_fallen,
        row_number() over (order by revenue - revenue_base desc, customer_id) as most_risen
    from accounts
),

shown as (
    select r.customer_id, c.name as customer, r.revenue, r.revenue_base
    from ranked as r
    inner join customers as c on r.customer_id = c.customer_id
    where
        (r.revenue < r.revenue_base and r.most_fallen <= 5)
        or (r.revenue > r.revenue_base and r.most_risen <= 5)
),

whole as (
    select
        coalesce(sum(revenue) filter (where month >= $date_month_from), 0) as revenue,
        coalesce(sum(revenue) filter (where month < $date_month_from), 0) as revenue_base
    from rep_months
    where
        rep_id = $rep
        and (
            month between $date_month_from and $date_month_to
            or (
                month between $base_month_from and $base_month_to
                and (month < $base_month_to or is_within_elapsed or $base_to::date = last_day($base_to::date))
            )
        )
),

listed as (
    select customer_id, customer, revenue, revenue_base
    from shown
    union all
    select
        null as customer_id,
        null as customer,
        w.revenue - coalesce(s.revenue, 0) as revenue,
        w.revenue_base - coalesce(s.revenue_base, 0) as revenue_base
    from whole as w
    cross join (select sum(revenue) as revenue, sum(revenue_base) as revenue_base from shown) as s
)

select
    customer_id,
    customer,
    cast(revenue as decimal(18, 2)) as revenue,
    cast(revenue_base as decimal(18, 2)) as revenue_base,
    cast(revenue - revenue_base as decimal(18, 2)) as change
from listed
where $base_month_to::date is not null and (revenue <> 0 or revenue_base <> 0)
order by customer_id is null, abs(revenue - revenue_base) desc, customer_id
