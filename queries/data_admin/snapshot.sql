-- Snapshot: what is published and how fresh it is.
-- grain: one row
-- units: snapshot id, as_of date, built_at text, reporting_currency id, quarantined count
select snapshot, cast(as_of as date) as as_of, built_at, reporting_currency, quarantined
from snapshot
