-- Category risks: customers that still order but buy less of a category, or none of it any more.
-- Two witnesses: a change point in the customer's own orders against season and chance, and a category that stayed out
-- for longer than its own rhythm explains while the customer ordered on. Of each, at most one in ten is expected to be
-- false. At stake is what is missing in the next 90 days at its usual rate.
-- grain: customer and category
-- scope: owner_rep_id
-- sort: customer_id, category
with changed as (
    select
        customer_id,
        category,
        verdict,
        'change' as witness,
        loss_probability,
        usual_purchases,
        recent_purchases,
        changed_around,
        last_bought_on,
        value_at_stake
    from analysis_category_risks
    where is_flagged
),

overdue as (
    select
        customer_id,
        category,
        'stopped' as verdict,
        'rhythm' as witness,
        greatest(silence_probability, departure_probability) as loss_probability,
        60 / nullif(usual_interval_days, 0) as usual_purchases,
        cast(0 as bigint) as recent_purchases,
        last_order_on as changed_around,
        last_order_on as last_bought_on,
        revenue_365 * 90 / 365 as value_at_stake
    from analysis_categories
    where verdict = 'late'
),

alerts as (
    select * from changed
    union all
    select o.*
    from overdue as o
    left join changed as c on o.customer_id = c.customer_id and o.category = c.category
    where c.customer_id is null
)

select
    cast(a.customer_id as varchar) as customer_id,
    cast(a.category as varchar) as category,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(c.segment as varchar) as segment,
    cast(a.verdict as varchar) as verdict,
    cast(a.witness as varchar) as witness,
    cast(a.loss_probability as double) as loss_probability,
    cast(a.usual_purchases as double) as usual_purchases,
    cast(a.recent_purchases as bigint) as recent_purchases,
    cast(a.changed_around as date) as changed_around,
    cast(a.last_bought_on as date) as last_bought_on,
    cast(round(cast(greatest(a.value_at_stake, 0) as double), 2) as decimal(18, 2)) as at_stake,
    cast(a.loss_probability * greatest(a.value_at_stake, 0) as double) as priority
from alerts as a
inner join customers as c on a.customer_id = c.customer_id
