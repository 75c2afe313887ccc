-- Silent accounts: how many are silent beyond their own limit, and what will likely be lost in 90 days.
-- They are late (a rhythm, longer silent than nine in ten of its gaps and 1.25 usual intervals), quiet (longer than
-- three in four without a rhythm), probably gone, or in a seasonal pause. At stake is what they buy in 90 days on
-- average of the year up to their last order, returns subtracted; likely loss is that times the chance of no order in
-- 90 days. An account leaves when it orders, and when it counts as churned: after a year without an order and two usual
-- intervals.
-- grain: one row
-- params: segment text, owner text
-- units: silent_customers count, likely_loss money, at_stake money, late_customers count, quiet_customers count,
--   paused_customers count, gone_customers count, customers_with_limit count
-- excludes: accounts with fewer than three order days
select
    cast(count(*) filter (where is_silent) as bigint) as silent_customers,
    cast(coalesce(sum(likely_loss), 0) as decimal(18, 2)) as likely_loss,
    cast(coalesce(sum(at_stake) filter (where is_silent), 0) as decimal(18, 2)) as at_stake,
    cast(count(*) filter (where rhythm = 'late') as bigint) as late_customers,
    cast(count(*) filter (where rhythm = 'quiet') as bigint) as quiet_customers,
    cast(count(*) filter (where rhythm = 'seasonal_pause') as bigint) as paused_customers,
    cast(count(*) filter (where rhythm = 'probably_gone') as bigint) as gone_customers,
    cast(count(*) filter (where late_after_days is not null) as bigint) as customers_with_limit
from reorder_rhythm
where
    ($segment is null or segment = $segment)
    and ($owner is null or owner_rep_id = $owner)
