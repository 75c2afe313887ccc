-- Product spells: stretches of time in which a customer kept buying a product.
-- A spell ends when the product was not bought again within 365 days, so a product was bought in the 365 days up to a
-- day when one of its spells began by then and had its last purchase less than 365 days before. Returned lines are no
-- purchases.
-- grain: customer, product and spell
-- params: as_of date
-- scope: owner_rep_id
-- sort: customer_id, product_id, first_bought_on
with purchases as (
    select
        customer_id,
        product_id,
        ordered_on
    from order_lines
    where quantity > 0 and customer_id is not null and ordered_on <= cast($as_of as date)
    group by customer_id, product_id, ordered_on
),

gaps as (
    select
        customer_id,
        product_id,
        ordered_on,
        lag(ordered_on) over (partition by customer_id, product_id order by ordered_on) as previous_on
    from purchases
),

numbered as (
    select
        customer_id,
        product_id,
        ordered_on,
        sum(case when date_diff('day', previous_on, ordered_on) > 365 then 1 else 0 end) over (
            partition by customer_id, product_id
            order by ordered_on
        ) as spell
    from gaps
),

spells as (
    select
        customer_id,
        product_id,
        min(ordered_on) as first_bought_on,
        max(ordered_on) as last_bought_on
    from numbered
    group by customer_id, product_id, spell
)

select
    cast(s.customer_id as varchar) as customer_id,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(s.product_id as varchar) as product_id,
    cast(s.first_bought_on as date) as first_bought_on,
    cast(s.last_bought_on as date) as last_bought_on
from spells as s
inner join customers as c on s.customer_id = c.customer_id
