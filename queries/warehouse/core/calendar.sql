-- Calendar: every day from the month of the first order or quote to the as-of month's end, with the Monday-to-Friday
-- working days elapsed in its month.
-- grain: day
-- params: as_of date
-- scope: all
with document_days as (
    select ordered_on as day from input_orders
    union all
    select requested_on as day from input_quotes
),

bounds as (
    select
        cast(date_trunc('month', coalesce(min(day), cast($as_of as date))) as date) as first_day,
        cast(cast(date_trunc('month', cast($as_of as date)) as date) + interval 1 month as date) as past_end
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
)

select
    cast(day as date) as day,
    cast(month as date) as month,
    cast(working_day = 1 as boolean) as is_working_day,
    cast(sum(working_day) over (partition by month order by day) as integer) as working_days_elapsed
from marked
