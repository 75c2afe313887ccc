-- Expected orders: what each person is expected to sell without a quote in the months that are forecast.
-- Of the month that is open what is booked is taken off. What quotes bring is told by the open ones, so that nothing
-- counts twice: of the forecast the share is left out that was won by quote of all that was sold in twelve months, the
-- open one among them. Of whom nothing is forecast nothing is expected.
-- grain: rep and month
-- params: as_of date
-- scope: rep_id
-- ecommerce: none
-- sort: rep_id, month
with told as (
    select level, rep_id, period_start, p50
    from forecasts
    where made_on = $as_of and granularity = 'month'
),

months as (
    select period_start as month
    from told
    where level = 'company'
    group by period_start
),

sold as (
    select
        rep_id,
        sum(case when month = cast(date_trunc('month', cast($as_of as date)) as date) then revenue else 0 end)
            as booked,
        sum(revenue) as revenue,
        sum(won_value) as won_value
    from rep_months
    where month > cast(cast($as_of as date) - interval 12 month as date)
    group by rep_id
),

people as (
    select
        r.rep_id,
        coalesce(s.booked, 0) as booked,
        1 - least(greatest(coalesce(cast(s.won_value as double) / nullif(cast(s.revenue as double), 0), 0), 0), 1)
            as without_quotes
    from sales_reps as r
    left join sold as s on r.rep_id = s.rep_id
),

expected as (
    select
        p.rep_id,
        m.month,
        p.without_quotes,
        greatest(
            coalesce(sum(t.p50), 0) - case when m.month <= cast($as_of as date) then p.booked else 0 end, 0
        ) as revenue
    from people as p
    cross join months as m
    left join told as t on p.rep_id = t.rep_id and m.month = t.period_start and t.level = 'rep'
    group by p.rep_id, m.month, p.without_quotes, p.booked
)

select
    cast(rep_id as varchar) as rep_id,
    cast(month as date) as month,
    cast(revenue as decimal(18, 2)) as expected_revenue,
    cast(round(cast(revenue as double) * without_quotes, 2) as decimal(18, 2)) as without_quotes
from expected
