-- Calendar: every day from the month of the first dated document to that of the last or of the as-of day, with the
-- Monday-to-Friday working days elapsed in its month.
-- A day is within elapsed when its month is no further than the as-of day's, counted in working days; an open month
-- compares with that stretch of an earlier one. Once no working day is left in the as-of month, every day is.
-- grain: day
-- params: as_of date
-- scope: all
with document_days as (
    select ordered_on as day from input_orders
    union all
    select requested_on as day from input_quotes
    union all
    select closed_on as day from input_quotes
    union all
    select cast(occurred_at as date) as day from input_quote_events
    union all
    select cast($as_of as date) as day
),

bounds as (
    select
        cast(date_trunc('month', min(day)) as date) as first_day,
        cast(cast(date_trunc('month', max(day)) as date) + interval 1 month as date) as past_end
    from document_days
),

moments as (
    select unnest(generate_series(first_day, past_end, interval 1 day)) as moment
    from bounds
),

days as (
    select cast(moment as date) as day
    from moments
),

marked as (
    select
        days.day,
        cast(date_trunc('month', days.day) as date) as month,
        case when date_diff('day', date '1990-01-01', days.day) % 7 < 5 then 1 else 0 end as working_day
    from days
    cross join bounds
    where days.day < bounds.past_end
),

counted as (
    select
        day,
        month,
        working_day,
        sum(working_day) over (partition by month order by day) as elapsed,
        sum(working_day) over (partition by month) as in_month
    from marked
),

as_of_day as (
    select elapsed, in_month
    from counted
    where day = cast($as_of as date)
)

select
    cast(d.day as date) as day,
    cast(d.month as date) as month,
    cast(d.working_day = 1 as boolean) as is_working_day,
    cast(d.elapsed as integer) as working_days_elapsed,
    cast(d.elapsed <= a.elapsed or a.elapsed = a.in_month as boolean) as is_within_elapsed
from counted as d
cross join as_of_day as a
