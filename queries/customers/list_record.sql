-- Record of the list: how much of the money then lost it would have held on past days, and lists made otherwise.
-- Money is lost where an account of three order days or more orders nothing for 90 days. The first rows, one for every
-- fifty accounts and at least fifteen, are held against as many by revenue, against "silent for over twice the usual
-- interval, the largest first", and against chance. Shares are means over the days.
-- grain: one row, or none without enough past
-- params:
-- units: past_days count, list_rows score, accounts score, held ratio, held_by_revenue ratio, held_by_rule ratio,
--   held_by_chance ratio
select
    days as past_days,
    list_rows,
    accounts,
    held,
    held_by_revenue,
    held_by_rule,
    held_by_chance
from list_records
