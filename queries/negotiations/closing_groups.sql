-- Days to close: the median, and the days within which nine of ten are decided, by segment or by size.
-- Kaplan-Meier, days from request to decision of requests of the last 12 or 24 months; deals still open count for as long
-- as they could be watched. The median's interval holds nine of ten (Greenwood). Empty where it is not reached yet, or
-- with fewer than five deals. Sizes are the quarters of the amounts of all negotiations, each up to the amount told.
-- grain: segment or quarter of size
-- params: by text, months integer, date_to date, segment text, owner text
-- units: segment label, size label, amount_from money, amount_to money, requests count, still_open count, median_days days,
--   median_low days, median_high days, most_days days
-- excludes: decisions whose day is not known
-- reads: parts.negotiations.lifetimes
with quarters as (
    select
        quantile_disc(amount, 0.25) as q1,
        quantile_disc(amount, 0.5) as q2,
        quantile_disc(amount, 0.75) as q3
    from negotiations
),

sized as (
    select
        case when $by = 'by_segment' then n.segment end as segment,
        case
            when $by = 'by_segment' then null
            when n.amount <= q.q1 then 1
            when n.amount <= q.q2 then 2
            when n.amount <= q.q3 then 3
            else 4
        end as quarter,
        n.amount,
        n.days,
        n.is_closed
    from lifetimes as n
    cross join quarters as q
    where n.requested_on > cast($date_to as date) - to_months(cast($months as integer))
),

risk_sets as (
    select
        segment,
        quarter,
        days,
        min(amount) as amount_from,
        max(amount) as amount_to,
        count(*) as requests,
        count(*) filter (where is_closed) as closed,
        sum(count(*)) over (partition by segment, quarter order by days desc) as at_risk
    from sized
    group by segment, quarter, days
),

survival as (
    select
        *,
        product(1 - closed / at_risk) over by_days as still_open,
        sqrt(coalesce(sum(closed / (at_risk * nullif(at_risk - closed, 0))) over by_days, 0)) as relative_error
    from risk_sets
    window by_days as (partition by segment, quarter order by days)
),

summed as (
    select
        segment,
        quarter,
        min(amount_from) as amount_from,
        max(amount_to) as amount_to,
        sum(requests) as requests,
        sum(requests) - sum(closed) as still_open,
        min(days) filter (where still_open <= 0.5 + 1e-9) as median_days,
        min(days) filter (where still_open * (1 - 1.645 * relative_error) <= 0.5 + 1e-9) as median_low,
        min(days) filter (where still_open * (1 + 1.645 * relative_error) <= 0.5 + 1e-9) as median_high,
        min(days) filter (where still_open <= 0.1 + 1e-9) as most_days
    from survival
    group by segment, quarter
)

select
    segment,
    case quarter
        when 1 then 'smallest_quarter'
        when 2 then 'second_quarter'
        when 3 then 'third_quarter'
        when 4 then 'largest_quarter'
    end as size,
    amount_from,
    amount_to,
    cast(requests as bigint) as requests,
    cast(still_open as bigint) as still_open,
    case when requests >= 5 then median_days end as median_days,
    case when requests >= 5 then median_low end as median_low,
    case when requests >= 5 then median_high end as median_high,
    case when requests >= 5 then most_days end as most_days
from summed
order by quarter, requests desc, segment
