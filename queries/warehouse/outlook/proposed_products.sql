-- Proposed products: from which day to which each product was shown to an account as a growth proposal.
-- It carries on what the snapshot before remembered. What is proposed again after a build that did not begins anew.
-- grain: customer, product and first day
-- params: as_of date
-- scope: owner_rep_id
-- ecommerce: none
-- keeps: customer_id, product_id, proposed_from, proposed_until
-- sort: customer_id, product_id, proposed_from
with earlier as (
    select
        customer_id,
        product_id,
        proposed_from,
        least(proposed_until, cast(cast($as_of as date) - interval 1 day as date)) as proposed_until
    from kept_proposed_products
    where proposed_from < cast($as_of as date)
),

before as (
    select max(proposed_until) as built_on
    from earlier
),

today as (
    select
        p.customer_id,
        p.product_id
    from growth_proposals as p
    inner join growth_accounts as a on p.customer_id = a.customer_id
    where p.is_shown
),

going_on as (
    select
        e.customer_id,
        e.product_id
    from earlier as e
    inner join before as b on e.proposed_until = b.built_on
    inner join today as t on e.customer_id = t.customer_id and e.product_id = t.product_id
),

stretches as (
    select
        e.customer_id,
        e.product_id,
        e.proposed_from,
        case
            when g.product_id is not null and e.proposed_until = b.built_on then cast($as_of as date)
            else e.proposed_until
        end as proposed_until
    from earlier as e
    cross join before as b
    left join going_on as g on e.customer_id = g.customer_id and e.product_id = g.product_id
    union all
    select
        t.customer_id,
        t.product_id,
        cast($as_of as date) as proposed_from,
        cast($as_of as date) as proposed_until
    from today as t
    left join going_on as g on t.customer_id = g.customer_id and t.product_id = g.product_id
    where g.product_id is null
)

select
    cast(s.customer_id as varchar) as customer_id,
    cast(s.product_id as varchar) as product_id,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(s.proposed_from as date) as proposed_from,
    cast(s.proposed_until as date) as proposed_until
from stretches as s
inner join customers as c on s.customer_id = c.customer_id
