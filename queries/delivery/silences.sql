-- Silences: how long each account stayed without an order after each of its order days, and what was usual for it then.
-- The usual interval is the median gap between its order days so far, given from five order days over 90 days on. The
-- last silence goes on; it is known up to the day of the data, or to that on which the orders of the account stopped
-- being loaded.
-- grain: customer and order day
-- params: subject text, date_from date, as_of date
-- units: customer_id id, customer text, ordered_on date, next_on date, known_to date, usual_interval_days days
-- excludes: silences that were over before the first day
with order_days as (
    select distinct customer_id, ordered_on
    from orders
    where
        not is_credit_note
        and customer_id is not null
        and ordered_on <= $as_of
        and ($subject is null or customer_id = $subject)
),

gaps as (
    select
        customer_id,
        ordered_on,
        lead(ordered_on) over by_day as next_on,
        date_diff('day', lag(ordered_on) over by_day, ordered_on) as gap_days,
        count(*) over by_day as days_so_far,
        min(ordered_on) over by_day as first_on
    from order_days
    window by_day as (partition by customer_id order by ordered_on)
),

usual as (
    select
        *,
        median(gap_days) over (
            partition by customer_id order by ordered_on rows between unbounded preceding and current row
        ) as median_gap_days
    from gaps
)

select
    u.customer_id,
    c.name as customer,
    u.ordered_on,
    u.next_on,
    cast(
        coalesce(u.next_on, u.ordered_on + cast(coalesce(y.days_since_last, 0) as integer), $as_of::date) as date
    ) as known_to,
    case
        when u.days_so_far >= 5 and date_diff('day', u.first_on, u.ordered_on) >= 90
            then cast(u.median_gap_days as double)
    end as usual_interval_days
from usual as u
inner join customers as c on u.customer_id = c.customer_id
left join reorder_rhythm as y on u.customer_id = y.customer_id
where u.next_on is null or u.next_on > $date_from
order by u.customer_id, u.ordered_on
