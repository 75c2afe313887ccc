-- Day's accounts: how many accounts whoever looks can take up in a day.
-- Of the owner chosen, or of the one person in the file; fifteen where it is not known or several are looked at.
-- grain: one row
-- params: owner text
-- units: accounts count
select cast(coalesce(case when count(*) = 1 then max(accounts_a_day) end, 15) as bigint) as accounts
from sales_reps
where $owner is null or rep_id = $owner
