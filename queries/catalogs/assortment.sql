-- Assortment: what role each product plays: how much it is wanted, what it earns, how it answers to its price.
-- Wanted is in how many orders it was bought. A role follows from two lines, drawn at a quantile of the products shown
-- (the middle, unless chosen otherwise): traffic is wanted but earns a low margin rate, profit is wanted and earns,
-- niche earns but is less wanted, drop candidates are neither. Elasticity is by how many percent units change when the
-- price rises by one, with an interval that holds nine of ten; it is associational. With too few price changes of its
-- own a product is given what its brand and category say.
-- grain: product
-- params: date_month_from date, date_month_to date, segment text, category text, catalog text, role text,
--   demand_split text, margin_split text, search text, sort text, page_start integer, page_rows integer
-- units: product_id id, sku id, product text, category text, role label, orders count, quantity quantity, revenue
--   money, margin money, margin_rate ratio, elasticity score, elasticity_low score, elasticity_high score, is_published
--   flag, price_points count, price_source label, products count
-- excludes: products of which nothing was sold in the period
with sums as (
    select
        product_id,
        sum(orders) as orders,
        sum(quantity) as quantity,
        sum(revenue) as revenue,
        sum(margin) as margin,
        sum(costed_revenue) as costed_revenue
    from product_months
    where
        month between $date_month_from and $date_month_to
        and ($segment is null or segment = $segment)
        and ($catalog is null or catalog_id = $catalog)
    group by product_id
    having sum(quantity) > 0
),

earned as (
    select
        p.product_id,
        p.sku,
        p.name as product,
        p.category,
        cast(s.orders as double) as orders,
        s.quantity,
        s.revenue,
        s.margin,
        margin_rate(s.margin, s.costed_revenue) as margin_rate
    from sums as s
    inner join products as p on s.product_id = p.product_id
    where $category is null or p.category = $category
),

ranked as (
    select
        *,
        percent_rank() over (order by orders) as demand_rank,
        case
            when margin_rate is not null
                then percent_rank() over (partition by margin_rate is null order by margin_rate)
        end as margin_rank
    from earned
),

roles as (
    select
        *,
        case
            when margin_rank is null then 'cost_unknown'
            when demand_rank >= coalesce(cast($demand_split as double), 0.5)
                then
                    case
                        when margin_rank >= coalesce(cast($margin_split as double), 0.5) then 'profit' else 'traffic'
                    end
            when margin_rank >= coalesce(cast($margin_split as double), 0.5) then 'niche'
            else 'drop_candidate'
        end as role
    from ranked
)

select
    r.product_id,
    r.sku,
    r.product,
    r.category,
    r.role,
    cast(r.orders as bigint) as orders,
    cast(r.quantity as decimal(18, 3)) as quantity,
    cast(r.revenue as decimal(18, 2)) as revenue,
    cast(r.margin as decimal(18, 2)) as margin,
    r.margin_rate,
    e.elasticity,
    e.low as elasticity_low,
    e.high as elasticity_high,
    e.is_published,
    e.price_points,
    e.source as price_source,
    cast(count(*) over () as bigint) as products
from roles as r
left join elasticities as e on e.level = 'item' and r.product_id = e.key
where
    ($role is null or r.role = $role)
    and ($search is null or contains(lower(r.product), lower($search)) or lower(r.sku) = lower($search))
order by
    case $sort
        when 'margin' then cast(r.margin as double)
        when 'margin_rate' then r.margin_rate
        when 'elasticity' then -e.elasticity
        when 'revenue' then cast(r.revenue as double)
        else r.orders
    end desc nulls last,
    r.product_id
limit $page_rows offset $page_start
