-- Customer: one account with its figures of the period and its rhythm.
-- grain: one customer
-- params: customer text, date_from date, date_to date, base_from date, base_to date
-- units: customer_id id, customer text, segment label, industry text, region text, owner text, catalog text, outlets
--   count, annual_turnover money, revenue money, revenue_base money, margin_rate ratio, margin_rate_base ratio, orders
--   count, orders_base count, rhythm label, days_since_last days, usual_interval_days days, overdue_ratio factor,
--   days_overdue days, late_after_days days, order_days count, last_order_on date, at_stake money, likely_loss money,
--   churned_on date, is_silent flag, grade text, gap_p10_days days, gap_p90_days days, expected_on date, expected_from
--   date, expected_until date, silence_probability ratio, pause_from date, pause_until date, own_horizon_days days,
--   peer_activity ratio
with period_sums as (
    select
        count(*) filter (where ordered_on between $date_from and $date_to and not is_credit_note) as orders,
        count(*) filter (where ordered_on between $base_from and $base_to and not is_credit_note) as orders_base,
        sum(revenue) filter (where ordered_on between $date_from and $date_to) as revenue,
        sum(revenue) filter (where ordered_on between $base_from and $base_to) as revenue_base,
        sum(margin) filter (where ordered_on between $date_from and $date_to) as margin,
        sum(margin) filter (where ordered_on between $base_from and $base_to) as margin_base,
        sum(costed_revenue) filter (where ordered_on between $date_from and $date_to) as costed_revenue,
        sum(costed_revenue) filter (where ordered_on between $base_from and $base_to) as costed_revenue_base
    from orders
    where customer_id = $customer
)

select
    c.customer_id,
    c.name as customer,
    c.segment,
    c.industry,
    c.region,
    c.owner_name as owner,
    c.catalog_name as catalog,
    c.outlets,
    c.annual_turnover,
    cast(coalesce(s.revenue, 0) as decimal(18, 2)) as revenue,
    cast(if_compared($base_to, coalesce(s.revenue_base, 0)) as decimal(18, 2)) as revenue_base,
    margin_rate(s.margin, s.costed_revenue) as margin_rate,
    margin_rate(s.margin_base, s.costed_revenue_base) as margin_rate_base,
    s.orders,
    if_compared($base_to, s.orders_base) as orders_base,
    r.rhythm,
    r.days_since_last,
    r.usual_interval_days,
    r.overdue_ratio,
    r.days_overdue,
    r.late_after_days,
    r.order_days,
    r.last_order_on,
    r.at_stake,
    r.likely_loss,
    r.churned_on,
    r.is_silent,
    r.grade,
    r.gap_p10_days,
    r.gap_p90_days,
    r.expected_on,
    r.expected_from,
    r.expected_until,
    r.silence_probability,
    r.pause_from,
    r.pause_until,
    r.own_horizon_days,
    r.peer_activity
from customers as c
cross join period_sums as s
left join reorder_rhythm as r on c.customer_id = r.customer_id
where c.customer_id = $customer
