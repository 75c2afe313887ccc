-- Rates in use: worth of each document currency in the reporting currency on each day a document bears.
-- The rate of a day is the last one published on or before it, at most ten days earlier.
-- grain: currency and day
-- params: reporting_currency text
-- materialize: temporary
with document_days as (
    select currency, ordered_on as day from input_orders
    union
    select currency, requested_on as day from input_quotes
),

published_rates as (
    select
        document_days.currency,
        document_days.day,
        max_by(input_exchange_rates.rate, input_exchange_rates.rated_on) as rate
    from document_days
    inner join input_exchange_rates
        on
            document_days.currency = input_exchange_rates.currency
            and document_days.day >= input_exchange_rates.rated_on
            and cast(document_days.day - interval 10 day as date) <= input_exchange_rates.rated_on
    where document_days.currency <> $reporting_currency
    group by document_days.currency, document_days.day
)

select
    cast(currency as varchar) as currency,
    cast(day as date) as day,
    cast(rate as decimal(18, 8)) as rate
from published_rates
union all
select
    cast(currency as varchar) as currency,
    cast(day as date) as day,
    cast(1 as decimal(18, 8)) as rate
from document_days
where currency = $reporting_currency
