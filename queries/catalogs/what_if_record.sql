-- What-ifs of the past: how often what was told of a change of price held.
-- What-ifs of the last year, told with what was known before it: of products whose price changed, and of whole
-- categories and everything sold. Of the whole company.
-- grain: kind
-- units: kind label, what_ifs count, within count, share_within ratio
select
    kind,
    what_ifs,
    within,
    share_within
from what_if_records
order by kind
