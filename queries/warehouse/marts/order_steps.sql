-- Order steps: how many orders of each month ever reached each step from placing to payment, and how long it took.
-- Of orders that say where they stand, as among the orders under way. A step is reached with its own day or that of a
-- later one; payment by its own alone. Days are those from the last step before that has a day, of payment from the
-- order on, 99 at most; none where the step has no day of its own. Dated are orders that have one.
-- grain: month, customer's owner, segment, step and days
-- scope: owner_rep_id
-- sort: month, owner_rep_id, segment, step, days
-- excludes: credit notes
with told as (
    select
        o.ordered_on,
        o.owner_rep_id,
        o.segment,
        o.revenue,
        i.accepted_on,
        i.picked_on,
        i.shipped_on,
        i.delivered_on,
        i.paid_on
    from input_orders as i
    inner join orders as o on i.order_id = o.order_id
    where
        not o.is_credit_note
        and coalesce(
            i.accepted_on, i.picked_on, i.shipped_on, i.delivered_on, i.paid_on, i.promised_on, i.payment_due_on
        ) is not null
),

reached as (
    select
        'placed' as step,
        ordered_on as reached_on,
        cast(null as date) as before_on,
        ordered_on,
        owner_rep_id,
        segment,
        revenue
    from told
    union all
    select
        'accepted' as step,
        accepted_on as reached_on,
        ordered_on as before_on,
        ordered_on,
        owner_rep_id,
        segment,
        revenue
    from told
    where coalesce(accepted_on, picked_on, shipped_on, delivered_on) is not null
    union all
    select
        'picked' as step,
        picked_on as reached_on,
        coalesce(accepted_on, ordered_on) as before_on,
        ordered_on,
        owner_rep_id,
        segment,
        revenue
    from told
    where coalesce(picked_on, shipped_on, delivered_on) is not null
    union all
    select
        'shipped' as step,
        shipped_on as reached_on,
        coalesce(picked_on, accepted_on, ordered_on) as before_on,
        ordered_on,
        owner_rep_id,
        segment,
        revenue
    from told
    where coalesce(shipped_on, delivered_on) is not null
    union all
    select
        'delivered' as step,
        delivered_on as reached_on,
        coalesce(shipped_on, picked_on, accepted_on, ordered_on) as before_on,
        ordered_on,
        owner_rep_id,
        segment,
        revenue
    from told
    where delivered_on is not null
    union all
    select
        'paid' as step,
        paid_on as reached_on,
        ordered_on as before_on,
        ordered_on,
        owner_rep_id,
        segment,
        revenue
    from told
    where paid_on is not null
),

lasting as (
    select
        cast(date_trunc('month', ordered_on) as date) as month,
        owner_rep_id,
        segment,
        step,
        case when reached_on is not null then 1 else 0 end as dated,
        case
            when reached_on >= before_on then least(date_diff('day', before_on, reached_on), 99)
            when reached_on is not null and before_on is not null then 0
        end as days,
        revenue
    from reached
)

select
    cast(month as date) as month,
    cast(owner_rep_id as varchar) as owner_rep_id,
    cast(segment as varchar) as segment,
    cast(step as varchar) as step,
    cast(days as bigint) as days,
    cast(count(*) as bigint) as orders,
    cast(sum(dated) as bigint) as dated,
    cast(sum(revenue) as decimal(18, 2)) as revenue
from lasting
group by month, owner_rep_id, segment, step, days
