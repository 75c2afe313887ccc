-- Conversion by month: how many quote requests became quotes, and how many quotes became orders, by month of request.
-- A negotiation counts once, however often its quote was revised. Quoted are requests whose quote was issued, ordered
-- are those of them that an order refers to; conversion is ordered over quoted, by count and by value. Its interval
-- holds nine of ten (Wilson). Of the last 24 months only mature ones are shown: the last day of the month is as many
-- days ago as nine of ten orders took from their request (30 where nothing was ordered). No rate on fewer than five.
-- grain: month of request
-- needs: quote_orders
-- params: date_to date, segment text, owner text
-- units: month month, requests count, quoted count, ordered count, quoted_rate ratio, conversion ratio,
--   conversion_low ratio, conversion_high ratio, requested_value money, quoted_value money, ordered_value money,
--   value_conversion ratio, maturity_days days
-- excludes: months that are not mature yet; orders of quotes whose day of issue is not known
-- reads: parts.negotiations.order_maturity
with chosen as (
    select
        cast(date_trunc('month', requested_on) as date) as month,
        amount,
        is_quoted,
        is_ordered
    from negotiations
    where
        ($segment is null or segment = $segment)
        and ($owner is null or rep_id = $owner)
),

cohorts as (
    select
        month,
        count(*) as requests,
        count(*) filter (where is_quoted) as quoted,
        count(*) filter (where is_ordered) as ordered,
        coalesce(sum(amount), 0) as requested_value,
        coalesce(sum(amount) filter (where is_quoted), 0) as quoted_value,
        coalesce(sum(amount) filter (where is_ordered), 0) as ordered_value
    from chosen
    where month > cast($date_to as date) - interval 24 month
    group by month
)

select
    c.month,
    c.requests,
    c.quoted,
    c.ordered,
    rate(c.quoted, c.requests) as quoted_rate,
    rate(c.ordered, c.quoted) as conversion,
    wilson_low(c.ordered, c.quoted) as conversion_low,
    wilson_high(c.ordered, c.quoted) as conversion_high,
    cast(c.requested_value as decimal(18, 2)) as requested_value,
    cast(c.quoted_value as decimal(18, 2)) as quoted_value,
    cast(c.ordered_value as decimal(18, 2)) as ordered_value,
    case
        when enough(c.quoted) then cast(c.ordered_value as double) / nullif(cast(c.quoted_value as double), 0)
    end as value_conversion,
    m.days as maturity_days
from cohorts as c
cross join order_maturity as m
where cast($date_to as date) >= c.month + interval 1 month - interval 1 day + to_days(m.days)
order by c.month
