-- Lines sold below approved prices: the order lines of one customer, product or channel that leak.
-- Approved is the price the catalog of the order asked on that day, invoiced is revenue over units. Leaked is approved
-- price times units less what was invoiced. The lines add up to the leakage of what they are of.
-- grain: order and line
-- needs: catalog_prices
-- params: by text, leaking text, date_month_from date, date_month_to date, segment text, category text, catalog text,
--   search text, sort text, page_start integer, page_rows integer
-- units: ordered_on date, order_id id, line_no count, customer_id id, customer text, product_id id, product text,
--   channel label, quantity quantity, approved_price price, invoiced_price price, leaked money, leaked_together money,
--   leaking_lines count
-- excludes: what its catalog did not list on the day of the order
with leaking as (
    select
        l.ordered_on,
        l.order_id,
        l.line_no,
        l.customer_id,
        c.name as customer,
        l.product_id,
        p.name as product,
        coalesce(l.channel, 'unknown') as channel,
        l.quantity,
        l.approved_price,
        cast(l.revenue as double) / cast(l.quantity as double) as invoiced_price,
        l.approved_value - l.revenue as leaked
    from leaking_lines as l
    inner join products as p on l.product_id = p.product_id
    left join customers as c on l.customer_id = c.customer_id
    where
        l.month between $date_month_from and $date_month_to
        and (
            $by = 'by_customer' and l.customer_id = $leaking
            or $by = 'by_product' and l.product_id = $leaking
            or $by = 'by_channel' and coalesce(l.channel, 'unknown') = $leaking
        )
        and ($segment is null or l.segment = $segment)
        and ($catalog is null or l.catalog_id = $catalog)
        and ($category is null or p.category = $category)
        and (
            $search is null
            or contains(lower(p.name), lower($search))
            or contains(lower(c.name), lower($search))
            or lower(l.order_id) = lower($search)
        )
)

select
    ordered_on,
    order_id,
    line_no,
    customer_id,
    customer,
    product_id,
    product,
    channel,
    quantity,
    cast(approved_price as double) as approved_price,
    invoiced_price,
    cast(leaked as decimal(18, 2)) as leaked,
    cast(sum(leaked) over () as decimal(18, 2)) as leaked_together,
    cast(count(*) over () as bigint) as leaking_lines
from leaking
order by
    case $sort when 'ordered_on' then ordered_on end desc nulls last,
    leaked desc,
    order_id,
    line_no
limit $page_rows offset $page_start
