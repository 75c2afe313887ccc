-- Same weeks: what a silent account did in the weeks of its present silence one, two and three years before.
-- The weeks are those from the day after its last order to the day of the data, moved back by 364 days a year, so that
-- weekdays stay. A year counts only where the account had ordered before these weeks began. Peer activity is the pace
-- at which accounts of its segment order now, against their own of the 336 days before.
-- grain: year back
-- params: customer text, date_to date
-- units: years_back count, week_from date, week_to date, order_days count, rhythm label, peer_activity ratio
with silences as (
    select
        customer_id,
        first_order_on,
        last_order_on,
        rhythm,
        peer_activity
    from reorder_rhythm
    where customer_id = $customer and is_silent
),

weeks as (
    select
        s.customer_id,
        s.rhythm,
        s.peer_activity,
        y.years_back,
        cast(s.last_order_on - y.years_back * 364 + 1 as date) as week_from,
        cast($date_to::date - y.years_back * 364 as date) as week_to
    from silences as s
    cross join (select unnest([1, 2, 3]) as years_back) as y
    where s.first_order_on <= s.last_order_on - y.years_back * 364
)

select
    cast(w.years_back as bigint) as years_back,
    w.week_from,
    w.week_to,
    count(distinct o.ordered_on) as order_days,
    w.rhythm,
    w.peer_activity
from weeks as w
left join orders as o
    on
        w.customer_id = o.customer_id
        and o.ordered_on between w.week_from and w.week_to
        and not o.is_credit_note
group by w.years_back, w.week_from, w.week_to, w.rhythm, w.peer_activity
order by w.years_back
