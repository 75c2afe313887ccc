-- What-if record: how what-ifs of changes of price came out in the last year, told with what was known before it.
-- A change is one of at least two percent in a product's price within three months; within is how many of them sold
-- between P10 and P90 of what had been told, which should be eight in ten. Of the whole company.
-- grain: one row, none where the past is too short
-- scope: all
select
    cast(horizon_months as bigint) as horizon_months,
    cast(origins as bigint) as origins,
    cast(changes as bigint) as changes,
    cast(within as bigint) as within,
    cast(share_within as double) as share_within,
    cast(share_below as double) as share_below,
    cast(median_error as double) as median_error
from analysis_what_if_records
