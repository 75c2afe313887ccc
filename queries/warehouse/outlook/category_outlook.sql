-- Category outlook: each customer's rhythm in each category it buys.
-- Late means that it ordered on without the category for longer than its own rhythm explains, and has most likely left
-- it: departure is the probability of that, told by its own orders.
-- grain: customer and category
-- scope: owner_rep_id
-- sort: customer_id, category
select
    cast(a.customer_id as varchar) as customer_id,
    cast(a.category as varchar) as category,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(c.segment as varchar) as segment,
    cast(a.verdict as varchar) as verdict,
    cast(a.order_days as bigint) as order_days,
    cast(a.last_order_on as date) as last_bought_on,
    cast(a.silent_days as bigint) as days_since_last,
    cast(a.usual_interval_days as double) as usual_interval_days,
    cast(a.overdue_ratio as double) as overdue_ratio,
    cast(a.orders_since as bigint) as orders_since,
    cast(a.lateness as double) as lateness,
    cast(a.expected_on as date) as expected_on,
    cast(a.expected_from as date) as expected_from,
    cast(a.expected_until as date) as expected_until,
    cast(a.silence_probability as double) as silence_probability,
    cast(a.departure_probability as double) as departure_probability,
    cast(round(cast(a.revenue_365 as double) * 90 / 365, 2) as decimal(18, 2)) as at_stake
from analysis_categories as a
inner join customers as c on a.customer_id = c.customer_id
