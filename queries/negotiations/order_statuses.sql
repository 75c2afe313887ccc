-- Orders by step: how far orders placed in the period came, from placing to payment, and what stands there now.
-- Reached counts a step with its own day or that of a later one. Median days are from the step before that has a day,
-- of payment from the order on. Standing are all orders under way whose furthest step it is, whenever placed; late are
-- those whose promised delivery, or whose payment, is overdue on the as-of day.
-- grain: step
-- needs: order_steps
-- params: date_month_from date, date_month_to date, segment text, owner text
-- units: step label, orders count, share ratio, revenue money, median_days days, standing_orders count, standing_value
--   money, late_deliveries count, late_deliveries_value money, late_payments count, late_payments_value money
-- excludes: orders that do not say where they stand, steps of which no day is known, credit notes
with steps as (
    select step, days, sum(orders) as orders, sum(dated) as dated, sum(revenue) as revenue
    from order_steps
    where
        month between $date_month_from and $date_month_to
        and ($segment is null or segment = $segment)
        and ($owner is null or owner_rep_id = $owner)
    group by step, days
),

running as (
    select
        *,
        sum(orders) filter (where days is not null) over (partition by step order by days) as up_to,
        sum(orders) filter (where days is not null) over (partition by step) as timed
    from steps
),

reached as (
    select
        step,
        sum(orders) as orders,
        sum(dated) as dated,
        sum(revenue) as revenue,
        (min(days) filter (where 2 * up_to >= timed) + min(days) filter (where 2 * up_to > timed)) / 2 as median_days
    from running
    group by step
),

standing as (
    select
        status,
        count(*) as orders,
        sum(revenue) as revenue,
        count(delivery_late_days) as late_deliveries,
        coalesce(sum(revenue) filter (where delivery_late_days is not null), 0) as late_deliveries_value,
        count(payment_late_days) as late_payments,
        coalesce(sum(revenue) filter (where payment_late_days is not null), 0) as late_payments_value
    from orders_under_way
    where
        ($segment is null or segment = $segment)
        and ($owner is null or owner_rep_id = $owner)
    group by status
),

ordered as (
    select *
    from (
        values ('placed', 1), ('accepted', 2), ('picked', 3), ('shipped', 4), ('delivered', 5), ('paid', 6)
    ) as t (step, place)
)

select
    o.step,
    cast(coalesce(r.orders, 0) as bigint) as orders,
    case when p.orders >= 5 then coalesce(r.orders, 0) / p.orders end as share,
    cast(coalesce(r.revenue, 0) as decimal(18, 2)) as revenue,
    r.median_days,
    cast(coalesce(s.orders, 0) as bigint) as standing_orders,
    cast(coalesce(s.revenue, 0) as decimal(18, 2)) as standing_value,
    cast(coalesce(s.late_deliveries, 0) as bigint) as late_deliveries,
    cast(coalesce(s.late_deliveries_value, 0) as decimal(18, 2)) as late_deliveries_value,
    cast(coalesce(s.late_payments, 0) as bigint) as late_payments,
    cast(coalesce(s.late_payments_value, 0) as decimal(18, 2)) as late_payments_value
from ordered as o
left join reached as r on o.step = r.step
left join reached as p on p.step = 'placed'
left join standing as s on o.step = s.status
where r.dated > 0 or s.orders > 0
order by o.place
