-- Seasonal profile: how a year's units spread over the calendar months, of one product or of all that is chosen.
-- Share: units of the month in all years over units of all years, returns subtracted. Full years are counted back from
-- the last full month, as many as fit since the first full month it was sold in; their number stands beside.
-- grain: calendar month
-- params: product text, date_month_to date, segment text, category text, catalog text
-- units: calendar_month label, quantity quantity, share ratio, years count
-- excludes: what was sold less than a full year, and what was returned as often as it was bought
-- reads: parts.shared.loaded_orders
with sold as (
    select
        m.month,
        sum(m.quantity) as quantity
    from product_months as m
    inner join products as p on m.product_id = p.product_id
    cross join loaded_orders as l
    where
        m.month < $date_month_to
        and (l.covered_from is null or m.month >= date_trunc('month', l.covered_from))
        and ($product is null or m.product_id = $product)
        and ($segment is null or m.segment = $segment)
        and ($category is null or p.category = $category)
        and ($catalog is null or m.catalog_id = $catalog)
    group by m.month
),

spans as (
    select (datediff('month', min(month), $date_month_to::date) - 1) // 12 as years
    from sold
),

calendar_months as (
    select
        unnest([
            'january', 'february', 'march', 'april', 'may', 'june',
            'july', 'august', 'september', 'october', 'november', 'december'
        ]) as code,
        unnest(generate_series(1, 12)) as place
),

by_month as (
    select
        month(s.month) as calendar_month,
        sum(s.quantity) as quantity,
        max(n.years) as years
    from sold as s
    cross join spans as n
    where s.month >= $date_month_to::date - to_months(12 * n.years)
    group by month(s.month)
)

select
    c.code as calendar_month,
    cast(coalesce(b.quantity, 0) as decimal(18, 3)) as quantity,
    cast(coalesce(b.quantity, 0) as double) / cast(sum(b.quantity) over () as double) as share,
    n.years
from spans as n
cross join calendar_months as c
left join by_month as b on c.place = b.calendar_month
where n.years > 0
qualify sum(b.quantity) over () > 0
order by c.place
