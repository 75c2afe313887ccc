-- What-ifs of the past: how often what was told of a change of price held.
-- Changes of price of the last year, told with what was known before each: of the whole company.
-- grain: one row
-- units: changes count, within count, share_within ratio
select
    changes,
    within,
    share_within
from what_if_records
