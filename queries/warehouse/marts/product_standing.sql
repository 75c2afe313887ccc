-- Product standing: how each product moves in the whole company, whatever period and book are looked at.
-- When first sold is not known of what was sold in the first 90 days of the data. Dying: sold in at least six of the
-- nine months before the last three, and bought less than half as often in the last 90 days as at the pace of the 275
-- days before, where that makes ten purchases or more, and as in the same season a year ago, where it was on sale then.
-- X, Y, Z: the coefficient of variation of units by month, over the last twelve full months it was on sale in, at least
-- six, is up to 0.5, up to 1, above. Stock cover: stock over units a day of the last 90 days. All but the first day is
-- said only where at least five customers bought the product in 365 days.
-- grain: product
-- params: as_of date
-- scope: all
-- sort: product_id
with bounds as (
    select
        cast($as_of as date) as today,
        cast(cast($as_of as date) - interval 90 day as date) as season_before,
        cast(cast($as_of as date) - interval 365 day as date) as year_before,
        cast(cast($as_of as date) - interval 455 day as date) as year_and_season_before,
        cast(date_trunc('month', cast($as_of as date)) as date) as this_month,
        cast(cast(date_trunc('month', cast($as_of as date)) as date) - interval 3 month as date) as third_month_before,
        cast(cast(date_trunc('month', cast($as_of as date)) as date) - interval 12 month as date)
            as twelfth_month_before
),

sales as (
    select
        l.product_id,
        min(case when l.quantity > 0 then l.ordered_on end) as first_sold_on,
        count(distinct case when l.quantity > 0 and l.ordered_on > b.year_before then l.customer_id end) as customers,
        sum(case when l.ordered_on > b.season_before then l.quantity end) as units,
        sum(case when l.quantity > 0 and l.ordered_on > b.season_before then 1 else 0 end) as purchases,
        sum(
            case
                when l.quantity > 0 and l.ordered_on > b.year_before and l.ordered_on <= b.season_before then 1 else 0
            end
        ) as purchases_before,
        sum(
            case
                when l.quantity > 0 and l.ordered_on > b.year_and_season_before and l.ordered_on <= b.year_before
                    then 1
                else 0
            end
        ) as purchases_year_ago
    from order_lines as l
    cross join bounds as b
    where l.ordered_on <= b.today
    group by l.product_id
),

first_days as (
    select cast(min(first_sold_on) + interval 90 day as date) as known_from
    from sales
),

full_months as (
    select distinct
        c.month,
        c.month < b.third_month_before as is_before
    from calendar as c
    cross join bounds as b
    where c.month >= b.twelfth_month_before and c.month < b.this_month
),

month_units as (
    select
        m.product_id,
        m.month,
        cast(sum(m.quantity) as double) as units
    from product_months as m
    cross join bounds as b
    where m.month >= b.twelfth_month_before
    group by m.product_id, m.month
),

lives as (
    select
        s.product_id,
        count(*) as months,
        sum(case when f.is_before and u.units > 0 then 1 else 0 end) as months_sold_before,
        avg(coalesce(u.units, 0)) as mean,
        stddev_samp(coalesce(u.units, 0)) as deviation
    from sales as s
    inner join full_months as f on s.first_sold_on < f.month
    left join month_units as u on s.product_id = u.product_id and f.month = u.month
    group by s.product_id
),

expectations as (
    select
        s.product_id,
        s.units,
        s.purchases,
        s.customers >= 5 as is_told,
        case when s.first_sold_on >= d.known_from then s.first_sold_on end as first_sold_on,
        cast(s.purchases_before as double) * 90 / 275 as pace,
        case when s.first_sold_on <= b.year_and_season_before then cast(s.purchases_year_ago as double) end as season,
        coalesce(l.months, 0) as months,
        coalesce(l.months_sold_before, 0) as months_sold_before,
        case when l.mean > 0 then round(l.deviation / nullif(l.mean, 0), 9) end as variation
    from sales as s
    cross join bounds as b
    cross join first_days as d
    left join lives as l on s.product_id = l.product_id
)

select
    cast(e.product_id as varchar) as product_id,
    cast(e.first_sold_on as date) as first_sold_on,
    cast(
        case
            when e.is_told
                then
                    e.months_sold_before >= 6
                    and e.pace >= 10
                    and 2 * e.purchases < least(e.pace, coalesce(e.season, e.pace))
        end as boolean
    ) as is_dying,
    cast(
        case
            when not e.is_told or e.months < 6 or e.variation is null then null
            when e.variation <= 0.5 then 'X'
            when e.variation <= 1 then 'Y'
            else 'Z'
        end as varchar
    ) as xyz,
    cast(
        case
            when e.is_told and e.units > 0 and p.stock is not null
                then cast(greatest(p.stock, 0) as double) / nullif(cast(e.units as double) / 90, 0)
        end as double
    ) as stock_cover_days
from expectations as e
inner join products as p on e.product_id = p.product_id
