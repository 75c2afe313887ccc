-- Orders under way: each order that is not yet both delivered and paid, as far as its days tell.
-- Late in days is from the promised day of delivery, or the last day to pay, to the as-of day.
-- grain: order
-- needs: order_steps
-- params: segment text, owner text, status text, lateness text, search text, sort text, page_start integer,
--   page_rows integer
-- units: order_id id, customer_id id, customer text, segment label, channel label, ordered_on date, revenue money,
--   status label, status_since date, promised_on date, delivery_late_days days, payment_due_on date, payment_late_days
--   days, orders count
-- excludes: orders that do not say where they stand, credit notes
select
    order_id,
    customer_id,
    customer_name as customer,
    segment,
    channel,
    ordered_on,
    revenue,
    status,
    status_since,
    promised_on,
    delivery_late_days,
    payment_due_on,
    payment_late_days,
    cast(count(*) over () as bigint) as orders
from orders_under_way
where
    ($segment is null or segment = $segment)
    and ($owner is null or owner_rep_id = $owner)
    and ($status is null or status = $status)
    and (
        $lateness is null
        or ($lateness = 'late_delivery' and delivery_late_days is not null)
        or ($lateness = 'late_payment' and payment_late_days is not null)
    )
    and (
        $search is null
        or contains(lower(customer_name), lower($search))
        or lower(order_id) = lower($search)
    )
order by
    case when $sort = 'customer' then lower(customer_name) end,
    case when $sort = 'promised' then promised_on end nulls last,
    case when $sort = 'revenue' then revenue end desc nulls last,
    greatest(coalesce(delivery_late_days, 0), coalesce(payment_late_days, 0)) desc,
    revenue desc,
    order_id
limit $page_rows offset $page_start
