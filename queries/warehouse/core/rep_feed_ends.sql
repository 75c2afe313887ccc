-- Rep feed ends: the day up to which something is known of what a person sold, where that stopped being loaded.
-- More than half of the orders credited to the person are of feeds that stopped; the day is the last of those.
-- grain: rep
-- materialize: temporary
select
    cast(credited_rep_id as varchar) as rep_id,
    cast(max(feed_last_on) as date) as feed_last_on
from order_feeds
where credited_rep_id is not null
group by credited_rep_id
having 2 * count(feed_last_on) > count(*)
