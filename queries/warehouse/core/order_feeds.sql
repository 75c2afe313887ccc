-- Order feeds: of each order the last day of its feed, where that has stopped.
-- An order of a segment and channel that stopped, of a segment that did, or of any where all orders did.
-- grain: order
-- materialize: temporary
with stopped as (
    select segment, channel, last_on
    from coverage
    where input_table = 'orders' and is_stopped
)

select
    cast(o.order_id as varchar) as order_id,
    cast(o.customer_id as varchar) as customer_id,
    cast(o.credited_rep_id as varchar) as credited_rep_id,
    cast(o.ordered_on as date) as ordered_on,
    cast(max(s.last_on) as date) as feed_last_on
from orders as o
left join stopped as s
    on
        (s.segment = 'all' or s.segment = coalesce(o.segment, 'unknown'))
        and (s.channel = 'all' or s.channel = coalesce(o.channel, 'unknown'))
group by o.order_id, o.customer_id, o.credited_rep_id, o.ordered_on
