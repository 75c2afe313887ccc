-- Category risks: customers that still order but have most likely left a category, or are about to buy none of it.
-- Loss is the probability that none of it is bought within the pair's horizon (two of its usual intervals, 60 to 210
-- days) while the customer orders on; an alert is what is told at least 35 in 100. Declining is what was still bought
-- within 60 days, stopped what was not. At stake is what is spent in 90 days at its usual rate.
-- grain: customer and category
-- scope: owner_rep_id
-- sort: customer_id, category
select
    cast(a.customer_id as varchar) as customer_id,
    cast(a.category as varchar) as category,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(c.segment as varchar) as segment,
    cast(a.verdict as varchar) as verdict,
    cast(a.grade as varchar) as grade,
    cast(a.loss_probability as double) as loss_probability,
    cast(a.horizon_days as bigint) as horizon_days,
    cast(a.usual_interval_days as double) as usual_interval_days,
    cast(a.usual_purchases as double) as usual_purchases,
    cast(a.recent_purchases as bigint) as recent_purchases,
    cast(a.orders_since as bigint) as orders_since,
    cast(a.changed_around as date) as changed_around,
    cast(a.last_bought_on as date) as last_bought_on,
    cast(round(cast(a.value_at_stake as double), 2) as decimal(18, 2)) as at_stake,
    cast(a.priority as double) as priority
from analysis_category_risks as a
inner join customers as c on a.customer_id = c.customer_id
where a.is_raised
