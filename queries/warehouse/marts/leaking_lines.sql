-- Leaking lines: order lines invoiced below the approved price, with what was approved.
-- Approved is the price the catalog of the order asks on the day of the order: that of the item which began last among
-- those valid. A line is below it by over 0.5 in 100 and over half a cent a unit, since invoices are rounded. The
-- approved value is rounded to cents, as the line is.
-- grain: order and line
-- scope: owner_rep_id
-- sort: month, customer_id, product_id, order_id, line_no
-- excludes: returned lines, and what its catalog does not list on that day
with first_days as (
    select catalog_id, product_id, valid_from as first_day
    from catalog_prices
    union
    select catalog_id, product_id, cast(valid_to + interval 1 day as date) as first_day
    from catalog_prices
    where valid_to is not null
),

stretches as (
    select
        catalog_id,
        product_id,
        first_day,
        lead(first_day) over (partition by catalog_id, product_id order by first_day) as past_end
    from first_days
),

prices_in_force as (
    select
        s.catalog_id,
        s.product_id,
        s.first_day,
        s.past_end,
        max_by(c.price, c.valid_from) as price
    from stretches as s
    inner join catalog_prices as c
        on
            s.catalog_id = c.catalog_id
            and s.product_id = c.product_id
            and s.first_day >= c.valid_from
            and s.first_day <= coalesce(c.valid_to, s.first_day)
    group by s.catalog_id, s.product_id, s.first_day, s.past_end
),

months as (
    select
        month,
        min(day) as first_day,
        max(day) as last_day
    from calendar
    group by month
),

-- Lines meet the one or two prices of their month, not all there ever were.
prices_by_month as (
    select
        m.month,
        p.catalog_id,
        p.product_id,
        p.first_day,
        p.past_end,
        p.price
    from prices_in_force as p
    inner join months as m on p.first_day <= m.last_day and m.first_day < coalesce(p.past_end, date '9999-12-31')
),

sold as (
    select
        l.order_id,
        l.line_no,
        l.ordered_on,
        d.month,
        d.is_within_elapsed,
        l.customer_id,
        l.owner_rep_id,
        l.segment,
        l.product_id,
        l.catalog_id,
        l.channel,
        l.quantity,
        l.revenue,
        p.price as approved_price,
        cast(round(cast(l.quantity as decimal(19, 3)) * p.price, 2) as decimal(18, 2)) as approved_value
    from order_lines as l
    inner join calendar as d on l.ordered_on = d.day
    inner join prices_by_month as p
        on
            d.month = p.month
            and l.catalog_id = p.catalog_id
            and l.product_id = p.product_id
            and l.ordered_on >= p.first_day
            and l.ordered_on < coalesce(p.past_end, date '9999-12-31')
    where l.quantity > 0
)

select
    cast(order_id as varchar) as order_id,
    cast(line_no as bigint) as line_no,
    cast(ordered_on as date) as ordered_on,
    cast(month as date) as month,
    cast(is_within_elapsed as boolean) as is_within_elapsed,
    cast(customer_id as varchar) as customer_id,
    cast(owner_rep_id as varchar) as owner_rep_id,
    cast(segment as varchar) as segment,
    cast(product_id as varchar) as product_id,
    cast(catalog_id as varchar) as catalog_id,
    cast(channel as varchar) as channel,
    cast(quantity as decimal(18, 3)) as quantity,
    cast(revenue as decimal(18, 2)) as revenue,
    cast(approved_price as decimal(18, 6)) as approved_price,
    cast(approved_value as decimal(18, 2)) as approved_value
from sold
where revenue < approved_value * 0.995 and revenue < approved_value - quantity * 0.005
