-- Days loaded: from which day to which each feed is loaded, one row for each stretch between holes, those that stopped
-- first. A feed is a dated table, or its orders or quotes of one segment, or of one segment through one channel.
-- grain: input table, segment, channel and stretch
-- units: input_table id, segment label, channel label, first_on date, last_on date, days count, accounts count,
--   is_stopped flag
-- excludes: parts of a table with fewer than 24 days or ten customers
select
    input_table,
    segment,
    channel,
    first_on,
    last_on,
    days,
    customers as accounts,
    is_stopped
from coverage
where is_judged or (segment = 'all' and channel = 'all')
order by is_stopped desc, input_table, segment <> 'all', segment, channel <> 'all', channel, first_on
