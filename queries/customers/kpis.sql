-- Customer figures of the period: revenue, margin rate, active customers and orders beside the comparison.
-- Revenue is invoiced net, returns subtracted, tax excluded. Margin rate is margin over revenue of the lines
-- whose cost is known. An active customer ordered at least once; credit notes are no orders. Sales to no known
-- customer count in revenue and orders, and stand in no segment and with no owner.
-- grain: one row
-- params: date_from date, date_to date, base_from date, base_to date, segment text, owner text
-- units: revenue money, revenue_base money, margin_rate ratio, margin_rate_base ratio, active_customers count,
--   active_customers_base count, orders count, orders_base count
-- reads: parts.customers.compared_orders
with by_customer as (
    select
        customer_id,
        is_now,
        sum(revenue) as revenue,
        sum(margin) as margin,
        sum(costed_revenue) as costed_revenue,
        count(*) filter (where not is_credit_note) as orders
    from compared_orders
    group by customer_id, is_now
)

select
    cast(coalesce(sum(revenue) filter (where is_now), 0) as decimal(18, 2)) as revenue,
    cast(if_compared($base_to, coalesce(sum(revenue) filter (where not is_now), 0)) as decimal(18, 2)) as revenue_base,
    margin_rate(sum(margin) filter (where is_now), sum(costed_revenue) filter (where is_now)) as margin_rate,
    margin_rate(sum(margin) filter (where not is_now), sum(costed_revenue) filter (where not is_now))
        as margin_rate_base,
    cast(count(customer_id) filter (where is_now and orders > 0) as bigint) as active_customers,
    cast(if_compared($base_to, count(customer_id) filter (where not is_now and orders > 0)) as bigint)
        as active_customers_base,
    cast(coalesce(sum(orders) filter (where is_now), 0) as bigint) as orders,
    cast(if_compared($base_to, coalesce(sum(orders) filter (where not is_now), 0)) as bigint) as orders_base
from by_customer
