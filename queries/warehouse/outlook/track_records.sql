-- Track records: how often each kind of alert was right when the past was replayed.
-- At each of several earlier days the alerts are given from what was known then; what followed says how many were
-- right. Of the whole company, since a book of its own would be too few.
-- grain: kind of alert and grade
-- scope: all
select
    cast(kind as varchar) as kind,
    cast(coalesce(nullif(grade, ''), 'all') as varchar) as grade,
    cast(horizon_days as bigint) as horizon_days,
    cast(origins as bigint) as origins,
    cast(alerts as bigint) as alerts,
    cast(hits as bigint) as hits,
    cast("precision" as double) as "precision",
    cast(precision_low as double) as precision_low,
    cast(precision_high as double) as precision_high,
    cast(base_rate as double) as base_rate,
    cast(lead_days as double) as lead_days,
    cast(calibration_error as double) as calibration_error,
    cast(method as varchar) as method,
    cast(held_back_since as date) as held_back_since
from analysis_track_records
