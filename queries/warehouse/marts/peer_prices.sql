-- Peer prices: what the customers of a segment pay for one unit of a product, of the whole company.
-- A customer's price is its revenue over its units of the last 365 days, returned lines left out. Given is the median
-- of these prices, where at least five customers bought the product; nobody is named.
-- grain: product and segment
-- params: as_of date
-- scope: all
-- sort: product_id, segment
with customer_prices as (
    select
        product_id,
        segment,
        customer_id,
        cast(sum(revenue) as double) / nullif(cast(sum(quantity) as double), 0) as price
    from order_lines
    where
        quantity > 0
        and customer_id is not null
        and segment is not null
        and ordered_on > cast(cast($as_of as date) - interval 365 day as date)
        and ordered_on <= cast($as_of as date)
    group by product_id, segment, customer_id
)

select
    cast(product_id as varchar) as product_id,
    cast(segment as varchar) as segment,
    cast(count(*) as bigint) as buyers,
    cast(median(price) as double) as median_price
from customer_prices
group by product_id, segment
having count(*) >= 5
