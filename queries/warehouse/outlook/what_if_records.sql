-- What-if record: how what-ifs came out in the last year, told with what was known before it. Of kind product are those
-- of products whose price changed by two percent or more within three months; of kind group those of everything sold in
-- a category, and in the company, in three months, at whatever prices. Within is how many sold between P10 and P90 of
-- what had been told, which should be eight in ten. Of the whole company.
-- grain: kind, none where the past is too short
-- scope: all
-- sort: kind
select
    cast(kind as varchar) as kind,
    cast(horizon_months as bigint) as horizon_months,
    cast(origins as bigint) as origins,
    cast(what_ifs as bigint) as what_ifs,
    cast(within as bigint) as within,
    cast(share_within as double) as share_within,
    cast(share_below as double) as share_below,
    cast(median_error as double) as median_error
from analysis_what_if_records
