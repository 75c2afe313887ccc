-- Last day: the newest day on which something was ordered, asked for or decided.
-- grain: one row
with document_days as (
    select ordered_on as day from input_orders
    union all
    select requested_on as day from input_quotes
    union all
    select closed_on as day from input_quotes
)

select cast(max(day) as date) as last_day
from document_days
