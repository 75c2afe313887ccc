-- Product pairs: which products stand in the same order more often than chance, of the whole company.
-- Orders of the last 365 days with at most 50 products: larger ones stock a shop and pair everything with everything.
-- Among the 1,000 products most ordered, pairs with at least ten common orders of at least five customers; nobody is
-- named. Lift: the share of orders with both, over the product of the shares with each. Its interval holds nine of ten,
-- by the delta method for the logarithm of a ratio of multinomial shares (Agresti, Categorical Data Analysis, 16.1);
-- orders count as independent. Kept are pairs whose interval lies above one.
-- grain: pair of products
-- params: as_of date
-- scope: all
-- sort: product_id, other_product_id
with sold as (
    select
        order_id,
        product_id,
        max(customer_id) as customer_id
    from order_lines
    where
        quantity > 0
        and ordered_on > cast(cast($as_of as date) - interval 365 day as date)
        and ordered_on <= cast($as_of as date)
    group by order_id, product_id
),

baskets as (
    select order_id
    from sold
    group by order_id
    having count(*) <= 50
),

basket_count as (
    select count(*) as orders
    from baskets
),

ordered as (
    select
        s.product_id,
        count(*) as orders
    from sold as s
    inner join baskets as b on s.order_id = b.order_id
    group by s.product_id
    having count(*) >= 10
),

ranked as (
    select
        product_id,
        orders,
        row_number() over (order by orders desc, product_id) as place
    from ordered
),

contents as (
    select
        s.order_id,
        s.customer_id,
        s.product_id
    from sold as s
    inner join baskets as b on s.order_id = b.order_id
    inner join ranked as r on s.product_id = r.product_id
    where r.place <= 1000
),

pairs as (
    select
        a.product_id,
        b.product_id as other_product_id,
        count(*) as orders_both
    from contents as a
    inner join contents as b on a.order_id = b.order_id and a.product_id < b.product_id
    group by a.product_id, b.product_id
    having count(*) >= 10 and count(distinct a.customer_id) >= 5
),

counts as (
    select
        p.product_id,
        p.other_product_id,
        p.orders_both,
        a.orders as orders_product,
        b.orders as orders_other,
        n.orders as orders_all,
        cast(p.orders_both as double) * n.orders / nullif(cast(a.orders as double) * b.orders, 0) as lift
    from pairs as p
    inner join ranked as a on p.product_id = a.product_id
    inner join ranked as b on p.other_product_id = b.product_id
    cross join basket_count as n
),

spreads as (
    select
        *,
        1.645 * sqrt(greatest(
            1 / nullif(cast(orders_both as double), 0)
            - 1 / nullif(cast(orders_product as double), 0)
            - 1 / nullif(cast(orders_other as double), 0)
            + (2 * lift - 1) / nullif(cast(orders_all as double), 0),
            0
        )) as spread
    from counts
)

select
    cast(product_id as varchar) as product_id,
    cast(other_product_id as varchar) as other_product_id,
    cast(orders_both as bigint) as orders_both,
    cast(orders_product as bigint) as orders_product,
    cast(orders_other as bigint) as orders_other,
    cast(orders_all as bigint) as orders_all,
    cast(lift as double) as lift,
    cast(lift * exp(-spread) as double) as lift_low,
    cast(lift * exp(spread) as double) as lift_high
from spreads
where lift * exp(-spread) > 1
