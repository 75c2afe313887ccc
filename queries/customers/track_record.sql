-- Track record: how often alerts of this kind were right when the company's own past was replayed.
-- At several earlier days the alerts are given from what was known then, and what followed is counted. The interval
-- holds the true share in nine cases of ten; the base rate is how often it came so among all who could have been
-- alerted. Alerts are held back from the day on which that share no longer lay above the base rate for certain.
-- grain: one row, or none without enough past
-- params: kind text, grade text
-- units: kind label, horizon_days days, origins count, alerts count, hits count, precision ratio, precision_low ratio,
--   precision_high ratio, base_rate ratio, method label, held_back_since date
select
    kind,
    horizon_days,
    origins,
    alerts,
    hits,
    "precision",
    precision_low,
    precision_high,
    base_rate,
    method,
    held_back_since
from track_records
where kind = $kind and grade = coalesce($grade, 'all') and alerts > 0
