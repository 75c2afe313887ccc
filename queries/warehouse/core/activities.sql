-- Activities: every contact with a customer, in whatever way.
-- grain: activity
-- scope: owner_rep_id
-- sort: customer_id, occurred_on, activity_id
select
    cast(a.activity_id as varchar) as activity_id,
    cast(a.customer_id as varchar) as customer_id,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(a.occurred_on as date) as occurred_on,
    cast(a.kind as varchar) as kind,
    cast(a.contact_id as varchar) as contact_id,
    cast(a.quote_id as varchar) as quote_id
from input_activities as a
inner join input_customers as c on a.customer_id = c.customer_id
