-- Products it buys: what the customer bought in the period, most revenue first, beside the comparison.
-- Price realisation is net over list, of the lines whose list price is known.
-- grain: product
-- params: customer text, date_from date, date_to date, base_from date, base_to date, page_start integer,
--   page_rows integer
-- units: product_id id, product text, category text, quantity quantity, revenue money, revenue_base money,
--   change ratio, price_realisation ratio, last_bought_on date, products count
with product_sums as (
    select
        product_id,
        coalesce(sum(quantity) filter (where ordered_on between $date_from and $date_to), 0) as quantity,
        coalesce(sum(revenue) filter (where ordered_on between $date_from and $date_to), 0) as revenue,
        coalesce(sum(revenue) filter (where ordered_on between $base_from and $base_to), 0) as revenue_base,
        sum(where_known(revenue, list_value)) filter (where ordered_on between $date_from and $date_to)
            as listed_revenue,
        sum(list_value) filter (where ordered_on between $date_from and $date_to) as list_value,
        max(ordered_on) filter (where quantity > 0) as last_bought_on
    from order_lines
    where
        customer_id = $customer
        and (ordered_on between $date_from and $date_to or ordered_on between $base_from and $base_to)
    group by product_id
)

select
    s.product_id,
    p.name as product,
    p.category,
    cast(s.quantity as decimal(18, 3)) as quantity,
    cast(s.revenue as decimal(18, 2)) as revenue,
    cast(if_compared($base_to, s.revenue_base) as decimal(18, 2)) as revenue_base,
    case when s.revenue_base > 0 then cast(s.revenue as double) / cast(s.revenue_base as double) - 1 end as change,
    price_realisation(s.listed_revenue, s.list_value) as price_realisation,
    s.last_bought_on,
    cast(count(*) over () as bigint) as products
from product_sums as s
inner join products as p on s.product_id = p.product_id
order by s.revenue desc, s.product_id
limit $page_rows offset $page_start
