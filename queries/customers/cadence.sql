-- Cadence: the customer's order days of the last two years and the gap before each.
-- grain: order day
-- params: customer text, date_to date
-- units: ordered_on date, gap_days days, revenue money
with order_days as (
    select
        ordered_on,
        sum(revenue) as revenue
    from orders
    where customer_id = $customer and not is_credit_note
    group by ordered_on
),

gaps as (
    select
        ordered_on,
        date_diff('day', lag(ordered_on) over (order by ordered_on), ordered_on) as gap_days,
        cast(revenue as decimal(18, 2)) as revenue
    from order_days
)

select ordered_on, gap_days, revenue
from gaps
where ordered_on > $date_to::date - interval 2 year
order by ordered_on
