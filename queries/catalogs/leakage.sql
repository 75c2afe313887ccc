-- Below approved prices: what lines sold below their catalog's price lack of it, by customer, product or channel.
-- Approved is the price the catalog of the order asked on that day. A line counts when it is below it by over 0.5 in
-- 100 and over half a cent a unit. Leaked is approved price times units less what was invoiced; below approved is
-- leaked over the approved value of those lines. Prices somebody negotiated count, too. Returns are not taken off.
-- grain: customer, product or channel
-- needs: catalog_prices
-- params: by text, date_month_from date, date_month_to date, base_month_from date, base_month_to date, base_to date,
--   segment text, category text, catalog text, page_start integer, page_rows integer
-- units: customer_id id, customer text, product_id id, product text, channel label, lines count, quantity quantity,
--   leaked money, leaked_base money, below_approved ratio, leaks count
-- excludes: what its catalog did not list on the day of the order; by customer, sales without a known customer
with sums as (
    select
        case when $by = 'by_customer' then l.customer_id end as customer_id,
        case when $by = 'by_product' then l.product_id end as product_id,
        case when $by = 'by_channel' then coalesce(l.channel, 'unknown') end as channel,
        count(*) filter (where l.month >= $date_month_from) as lines,
        coalesce(sum(l.quantity) filter (where l.month >= $date_month_from), 0) as quantity,
        coalesce(sum(l.approved_value - l.revenue) filter (where l.month >= $date_month_from), 0) as leaked,
        coalesce(sum(l.approved_value - l.revenue) filter (where l.month <= $base_month_to), 0) as leaked_base,
        sum(l.approved_value) filter (where l.month >= $date_month_from) as approved_value
    from leaking_lines as l
    inner join products as p on l.product_id = p.product_id
    where
        (
            l.month between $date_month_from and $date_month_to
            or (
                l.month between $base_month_from and $base_month_to
                and (l.month < $base_month_to or l.is_within_elapsed or $base_to::date = last_day($base_to::date))
            )
        )
        and ($by <> 'by_customer' or l.customer_id is not null)
        and ($segment is null or l.segment = $segment)
        and ($catalog is null or l.catalog_id = $catalog)
        and ($category is null or p.category = $category)
    group by all
)

select
    s.customer_id,
    c.name as customer,
    s.product_id,
    p.name as product,
    s.channel,
    cast(s.lines as bigint) as lines,
    cast(s.quantity as decimal(18, 3)) as quantity,
    cast(s.leaked as decimal(18, 2)) as leaked,
    cast(if_compared($base_month_to, s.leaked_base) as decimal(18, 2)) as leaked_base,
    cast(s.leaked as double) / nullif(cast(s.approved_value as double), 0) as below_approved,
    cast(count(*) over () as bigint) as leaks
from sums as s
left join customers as c on s.customer_id = c.customer_id
left join products as p on s.product_id = p.product_id
order by s.leaked desc, s.customer_id, s.product_id, s.channel
limit $page_rows offset $page_start
