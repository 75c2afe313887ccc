-- Category risks: customers that still order but buy less of a category, or none of it any more.
-- Counted in the customer's own orders, against season and chance; at most one alert in ten is expected to be false.
-- At stake is what it would have spent in the category in the next 90 days at its usual rate, less what its present
-- rate gives.
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
    cast(a.change_probability as double) as change_probability,
    cast(a.loss_probability as double) as loss_probability,
    cast(a.usual_purchases as double) as usual_purchases,
    cast(a.recent_purchases as bigint) as recent_purchases,
    cast(a.usual_order_share as double) as usual_order_share,
    cast(a.recent_order_share as double) as recent_order_share,
    cast(a.usual_days_between as double) as usual_days_between,
    cast(a.changed_around as date) as changed_around,
    cast(a.last_bought_on as date) as last_bought_on,
    cast(round(cast(a.value_at_stake as double), 2) as decimal(18, 2)) as at_stake,
    cast(a.priority as double) as priority
from analysis_category_risks as a
inner join customers as c on a.customer_id = c.customer_id
where a.is_flagged
