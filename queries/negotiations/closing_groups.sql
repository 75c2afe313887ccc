-- Days to close: the median, and the days within which nine of ten are decided, by segment or by size.
-- Kaplan-Meier, days from request to decision of requests of the last 12 or 24 months; deals still open count for as
-- long as they could be watched. The median's interval holds nine of ten (Greenwood). Empty where it is not reached
-- yet, or with fewer than five deals. Sizes are the quarters of the amounts of all negotiations, each up to the amount
-- told.
-- grain: segment or quarter of size
-- needs: decisions
-- params: by text, months integer, date_to date, segment text, owner text
-- units: segment label, size label, amount_from money, amount_to money, requests count, still_open count, median_days
--   days, median_low days, median_high days, most_days days
-- excludes: decisions whose day is not known; by size, deals without an amount
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
        case
            when $by = 'by_segment' then n.segment
            when n.amount <= q.q1 then '1'
            when n.amount <= q.q2 then '2'
            when n.amount <= q.q3 then '3'
            else '4'
        end as member,
        n.amount,
        n.days,
        n.is_closed as is_ended
    from lifetimes as n
    cross join quarters as q
    where
        n.requested_on > cast($date_to as date) - to_months(cast($months as integer))
        and ($by = 'by_segment' or n.amount is not null)
),

amounts as (
    select
        member,
        min(amount) as amount_from,
        max(amount) as amount_to,
        count(*) as requests,
        count(*) filter (where not is_ended) as still_open
    from sized
    group by member
),

times as (
    select
        member,
        survival_days(days, surviving, 0.5) as median_days,
        survival_days(days, surviving * (1 - nine_in_ten() * relative_error), 0.5) as median_low,
        survival_days(days, surviving * (1 + nine_in_ten() * relative_error), 0.5) as median_high,
        survival_days(days, surviving, 0.9) as most_days
    from survival(sized)
    group by member
)

select
    case when $by = 'by_segment' then a.member end as segment,
    case
        when $by = 'by_segment' then null
        when a.member = '1' then 'smallest_quarter'
        when a.member = '2' then 'second_quarter'
        when a.member = '3' then 'third_quarter'
        else 'largest_quarter'
    end as size,
    a.amount_from,
    a.amount_to,
    a.requests,
    a.still_open,
    case when enough(a.requests) then t.median_days end as median_days,
    case when enough(a.requests) then t.median_low end as median_low,
    case when enough(a.requests) then t.median_high end as median_high,
    case when enough(a.requests) then t.most_days end as most_days
from amounts as a
inner join times as t on a.member is not distinct from t.member
order by case when $by = 'by_segment' then null else a.member end, a.requests desc, a.member
