-- Orders under way: those that say where they stand and are not yet both delivered and paid.
-- An order says so where it has a day of acceptance, picking, shipment, delivery or payment, or one promised or due.
-- Delivery (or payment) is waited for only where the days of any order tell of one. The status is the furthest step
-- reached, placed where there is none. Late are days from the one promised, or due, to the as-of day, while it has not
-- come.
-- grain: order
-- params: as_of date
-- scope: owner_rep_id
-- sort: ordered_on, order_id
-- excludes: credit notes
with told as (
    select
        order_id,
        accepted_on,
        picked_on,
        shipped_on,
        delivered_on,
        paid_on,
        promised_on,
        payment_due_on
    from input_orders
    where
        coalesce(accepted_on, picked_on, shipped_on, delivered_on, paid_on, promised_on, payment_due_on) is not null
),

known as (
    select
        max(case when delivered_on is not null then 1 else 0 end) as deliveries,
        max(case when paid_on is not null then 1 else 0 end) as payments
    from told
),

standing as (
    select
        t.order_id,
        case
            when t.delivered_on is not null then 'delivered'
            when t.shipped_on is not null then 'shipped'
            when t.picked_on is not null then 'picked'
            when t.accepted_on is not null then 'accepted'
            else 'placed'
        end as status,
        coalesce(t.delivered_on, t.shipped_on, t.picked_on, t.accepted_on) as reached_on,
        t.promised_on,
        t.payment_due_on,
        case
            when k.deliveries = 1 and t.delivered_on is null and t.promised_on < cast($as_of as date)
                then date_diff('day', t.promised_on, cast($as_of as date))
        end as delivery_late_days,
        case
            when k.payments = 1 and t.paid_on is null and t.payment_due_on < cast($as_of as date)
                then date_diff('day', t.payment_due_on, cast($as_of as date))
        end as payment_late_days
    from told as t
    cross join known as k
    where (k.deliveries = 1 and t.delivered_on is null) or (k.payments = 1 and t.paid_on is null)
)

select
    cast(s.order_id as varchar) as order_id,
    cast(o.customer_id as varchar) as customer_id,
    cast(c.name as varchar) as customer_name,
    cast(o.owner_rep_id as varchar) as owner_rep_id,
    cast(o.segment as varchar) as segment,
    cast(o.channel as varchar) as channel,
    cast(o.ordered_on as date) as ordered_on,
    cast(o.revenue as decimal(18, 2)) as revenue,
    cast(s.status as varchar) as status,
    cast(coalesce(s.reached_on, o.ordered_on) as date) as status_since,
    cast(s.promised_on as date) as promised_on,
    cast(s.payment_due_on as date) as payment_due_on,
    cast(s.delivery_late_days as bigint) as delivery_late_days,
    cast(s.payment_late_days as bigint) as payment_late_days
from standing as s
inner join orders as o on s.order_id = o.order_id
left join input_customers as c on o.customer_id = c.customer_id
where not o.is_credit_note
