-- Late customers: accounts silent for longer than their own rhythm explains, most at stake first.
-- The ratio is days since the last order over the usual interval, which is the median gap between order days.
-- Late means silent for longer than nine in ten of its own gaps, and than 1.25 usual intervals.
-- grain: customer
-- params: segment text, owner text, limit integer
-- units: customer_id id, customer text, overdue_ratio factor, days_since_last days, usual_interval_days days,
--   last_order_on date, at_stake money
-- excludes: customers without a rhythm (too few orders, or irregular), in a seasonal pause, or probably gone
select
    r.customer_id,
    c.name as customer,
    r.overdue_ratio,
    r.days_since_last,
    r.usual_interval_days,
    r.last_order_on,
    r.at_stake
from reorder_rhythm as r
inner join customers as c on r.customer_id = c.customer_id
where
    r.rhythm = 'late'
    and ($segment is null or r.segment = $segment)
    and ($owner is null or r.owner_rep_id = $owner)
order by r.at_stake desc, r.customer_id
limit $limit
