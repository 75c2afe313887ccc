-- Customer feed ends: the day up to which something is known of a customer whose orders stopped being loaded.
-- More than half of its orders are of feeds that stopped; the day is the last of those. Silence after it is no silence.
-- grain: customer
-- materialize: temporary
select
    cast(customer_id as varchar) as customer_id,
    cast(max(feed_last_on) as date) as feed_last_on
from order_feeds
where customer_id is not null
group by customer_id
having 2 * count(feed_last_on) > count(*) and max(ordered_on) <= max(feed_last_on)
