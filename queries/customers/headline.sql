-- Accounts late against their own rhythm: customers silent for longer than their usual interval explains.
-- At stake is what they buy in 90 days on average of the year up to their last order, returns subtracted.
-- grain: one row
-- params: segment text, owner text
-- units: late_customers count, at_stake money, customers_with_rhythm count
-- excludes: customers without a rhythm (too few orders, or irregular), in a seasonal pause, or probably gone
select
    cast(count(*) filter (where rhythm = 'late') as bigint) as late_customers,
    cast(coalesce(sum(at_stake) filter (where rhythm = 'late'), 0) as decimal(18, 2)) as at_stake,
    cast(count(*) filter (where rhythm in ('late', 'on_rhythm', 'seasonal_pause')) as bigint) as customers_with_rhythm
from reorder_rhythm
where
    ($segment is null or segment = $segment)
    and ($owner is null or owner_rep_id = $owner)
