-- Penetration months: how many products of its catalog each customer bought, at the end of each of the last 24 months.
-- Counted are the products its catalog of today offered at that month's end, and those of them it bought in the
-- 365 days up to it; the open month counts up to the as-of day. A product is offered from the first to the last day
-- of its prices. A customer is counted while it bought anything in those 365 days.
-- grain: customer and month
-- params: as_of date
-- scope: owner_rep_id
-- sort: customer_id, month
with bounds as (
    select
        cast(cast(date_trunc('month', cast($as_of as date)) as date) - interval 23 month as date) as first_month,
        cast($as_of as date) as as_of_day
),

months as (
    select
        d.month,
        max(d.day) as month_end
    from calendar as d
    cross join bounds as b
    where d.month >= b.first_month and d.day <= b.as_of_day
    group by d.month
),

offered as (
    select
        catalog_id,
        product_id,
        min(valid_from) as offered_from,
        max(coalesce(valid_to, cast($as_of as date))) as offered_to
    from catalog_prices
    group by catalog_id, product_id
),

offered_months as (
    select
        o.catalog_id,
        m.month,
        count(*) as products_offered
    from offered as o
    inner join months as m on o.offered_from <= m.month_end and o.offered_to >= m.month_end
    group by o.catalog_id, m.month
),

spans as (
    select
        s.customer_id,
        s.first_bought_on as begins_on,
        cast(s.last_bought_on + interval 365 day as date) as ends_on,
        case when o.product_id is not null then greatest(s.first_bought_on, o.offered_from) end as counted_from,
        least(
            cast(s.last_bought_on + interval 365 day as date), cast(o.offered_to + interval 1 day as date)
        ) as counted_until
    from product_spells as s
    inner join customers as c on s.customer_id = c.customer_id
    left join offered as o on c.catalog_id = o.catalog_id and s.product_id = o.product_id
    where c.catalog_id is not null
),

changes as (
    select
        customer_id,
        begins_on as day,
        1 as bought,
        0 as bought_of_catalog
    from spans
    union all
    select
        customer_id,
        ends_on as day,
        -1 as bought,
        0 as bought_of_catalog
    from spans
    union all
    select
        customer_id,
        counted_from as day,
        0 as bought,
        1 as bought_of_catalog
    from spans
    where counted_from < counted_until
    union all
    select
        customer_id,
        counted_until as day,
        0 as bought,
        -1 as bought_of_catalog
    from spans
    where counted_from < counted_until
),

monthly_changes as (
    select
        c.customer_id,
        greatest(cast(date_trunc('month', c.day) as date), b.first_month) as month,
        sum(c.bought) as bought,
        sum(c.bought_of_catalog) as bought_of_catalog
    from changes as c
    cross join bounds as b
    where c.day <= b.as_of_day
    group by c.customer_id, greatest(cast(date_trunc('month', c.day) as date), b.first_month)
),

standings as (
    select
        c.customer_id,
        c.owner_rep_id,
        c.catalog_id,
        m.month,
        sum(coalesce(d.bought, 0)) over (partition by c.customer_id order by m.month) as bought,
        sum(coalesce(d.bought_of_catalog, 0)) over (partition by c.customer_id order by m.month) as bought_of_catalog
    from customers as c
    cross join months as m
    left join monthly_changes as d on c.customer_id = d.customer_id and m.month = d.month
    where c.catalog_id is not null
)

select
    cast(s.customer_id as varchar) as customer_id,
    cast(s.owner_rep_id as varchar) as owner_rep_id,
    cast(s.month as date) as month,
    cast(s.bought_of_catalog as bigint) as products_bought,
    cast(o.products_offered as bigint) as products_offered
from standings as s
inner join offered_months as o on s.catalog_id = o.catalog_id and s.month = o.month
where s.bought > 0
