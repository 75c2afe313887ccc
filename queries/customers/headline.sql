-- Accounts late against their own rhythm: customers silent for longer than their usual interval explains.
-- At stake is what they buy in 90 days on average of the year up to their last order, returns subtracted.
-- grain: one row
-- params: segment text, owner text
-- units: late_customers count, at_stake money, customers_with_rhythm count
-- excludes: customers with fewer than five order days over 90 days, and those silent for over 180 days and six
--   usual intervals
select
    cast(count(*) filter (where rhythm = 'late') as bigint) as late_customers,
    cast(coalesce(sum(at_stake) filter (where rhythm = 'late'), 0) as decimal(18, 2)) as at_stake,
    cast(count(*) filter (where rhythm in ('late', 'on_rhythm')) as bigint) as customers_with_rhythm
from reorder_rhythm
where
    ($segment is null or segment = $segment)
    and ($owner is null or owner_rep_id = $owner)
