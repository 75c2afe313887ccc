-- Worthwhile growth: accounts of which no less is to be expected, at no smaller chance, than the limits ask for.
-- The limits are those that somebody set, ours where nobody did.
-- grain: customer
-- params: least_chance ratio, least_expected money
select a.*
from growth_accounts as a
cross join growth_limits as l
where
    a.chance >= coalesce($least_chance, l.least_chance)
    and a.expected >= coalesce($least_expected, l.least_expected)
