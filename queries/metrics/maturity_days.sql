-- Maturity: within how many days nine in ten came; 30 where none has come yet.
-- A cohort is counted when all of it is at least that old.
-- grain: group
-- params: days days
-- units: value days
cast(coalesce(ceil(quantile_cont(days, 0.9) - 1e-9), 30) as integer)
