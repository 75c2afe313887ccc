-- Prices paid: what the customer paid for one unit in the last 365 days, beside its catalog and its peers.
-- The price paid is revenue over units, returned lines left out. The catalog price is that valid on the day of each
-- purchase, weighted by units; against catalog counts only purchases that had one. The peers' price is the median of
-- what customers of the same segment pay in the whole company, given where at least five others bought the product;
-- the customer is among them.
-- grain: product
-- params: customer text, date_to date, page_start integer, page_rows integer
-- units: product_id id, product text, revenue money, paid_price price, catalog_price price, against_catalog ratio,
--   peers_price price, against_peers ratio, peers count, products count
with purchases as (
    select
        order_id,
        line_no,
        product_id,
        catalog_id,
        segment,
        ordered_on,
        quantity,
        revenue
    from order_lines
    where customer_id = $customer and quantity > 0 and ordered_on > $date_to::date - 365
),

catalog_prices_paid_under as (
    select
        p.order_id,
        p.line_no,
        max_by(c.price, c.valid_from) as price
    from purchases as p
    inner join catalog_prices as c
        on
            p.product_id = c.product_id
            and p.catalog_id = c.catalog_id
            and p.ordered_on >= c.valid_from
            and p.ordered_on <= coalesce(c.valid_to, p.ordered_on)
    group by p.order_id, p.line_no
),

paid as (
    select
        p.product_id,
        max(p.segment) as segment,
        sum(p.revenue) as revenue,
        cast(sum(p.revenue) as double) / cast(sum(p.quantity) as double) as paid_price,
        sum(cast(p.quantity as double) * cast(c.price as double)) as catalog_value,
        sum(cast(p.quantity as double)) filter (where c.price is not null) as catalog_quantity,
        sum(cast(p.revenue as double)) filter (where c.price is not null) as catalog_revenue
    from purchases as p
    left join catalog_prices_paid_under as c on p.order_id = c.order_id and p.line_no = c.line_no
    group by p.product_id
)

select
    a.product_id,
    p.name as product,
    cast(a.revenue as decimal(18, 2)) as revenue,
    a.paid_price,
    a.catalog_value / nullif(a.catalog_quantity, 0) as catalog_price,
    a.catalog_revenue / nullif(a.catalog_value, 0) - 1 as against_catalog,
    e.median_price as peers_price,
    a.paid_price / nullif(e.median_price, 0) - 1 as against_peers,
    e.buyers - 1 as peers,
    cast(count(*) over () as bigint) as products
from paid as a
inner join products as p on a.product_id = p.product_id
left join peer_prices as e on a.product_id = e.product_id and a.segment = e.segment and e.buyers > 5
order by a.revenue desc, a.product_id
limit $page_rows offset $page_start
