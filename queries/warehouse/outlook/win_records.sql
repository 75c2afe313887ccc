-- Win record: how win probabilities came out in the past, told with what was known before it.
-- On several earlier days of the last fifth of decisions, those open then and decided since; in all, and by tenths of
-- what was said from the lowest on. Seen is the share won. AUC is how often a won one had been told a higher
-- probability than a lost one; low and high hold it in nine cases of ten. Brier skill is how much nearer than the share
-- won alone. Close coverage is the share decided between from and until, which should be eight in ten. Of the whole
-- company.
-- grain: grade; none where fewer than 60 were won or lost
-- scope: all
-- sort: grade
select
    cast(coalesce(nullif(grade, ''), 'all') as varchar) as grade,
    cast(decided as bigint) as decided,
    cast(won as bigint) as won,
    cast(said as double) as said,
    cast(seen as double) as seen,
    cast(auc as double) as auc,
    cast(auc_low as double) as auc_low,
    cast(auc_high as double) as auc_high,
    cast(brier as double) as brier,
    cast(brier_base as double) as brier_base,
    cast(brier_skill as double) as brier_skill,
    cast(calibration_error as double) as calibration_error,
    cast(close_coverage as double) as close_coverage,
    cast(has_signal as boolean) as has_signal,
    cast(method as varchar) as method,
    cast(origins as bigint) as origins
from analysis_win_records
