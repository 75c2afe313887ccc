-- Win record: how win probabilities came out in the past, told with what was known before it, and what is told now.
-- On several earlier days of the last fifth of decisions, those open then and decided since; in all, and by tenths of
-- what was said from the lowest on. Seen is the share won. AUC is how often a won one had been told a higher
-- probability than a lost one; low and high hold it in nine cases of ten. Brier skill is how much nearer than the share
-- won alone. Close coverage is the share decided between from and until, which should be eight in ten. Of the whole
-- company. The row in all also says what is told of open negotiations (told): model; table, the shares won by stage and
-- age, unless the model was better than they are; usual, one share for all, where too few were decided or nothing known
-- at the request tells won from lost; or nothing. Signal is that of what is told: without one the shares by stage and
-- age stand unproven. Usual is the share won of those decided that were once as old as the open ones, with the interval
-- that holds nine in ten. Adds is the AUC of the model over that of the table, on the same negotiations; it adds where
-- low lies above nought. Days error is how far the day of the decision lay from the one told. Left out (JSON: what,
-- why) are facts that may have been filled in after the decision: known of won or lost ones only, of one value for one
-- outcome only, known of decided ones only, or on the day of the decision too often. Missing is what keeps more from
-- being told: few_decided (10), few_of_each (60 won and 60 lost), or never_open, where those decided have one date.
-- grain: grade
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
    cast(origins as bigint) as origins,
    cast(told as varchar) as told,
    cast(known_decided as bigint) as known_decided,
    cast(known_won as bigint) as known_won,
    cast(usual as double) as usual,
    cast(usual_low as double) as usual_low,
    cast(usual_high as double) as usual_high,
    cast(table_auc as double) as table_auc,
    cast(table_brier as double) as table_brier,
    cast(adds as double) as adds,
    cast(adds_low as double) as adds_low,
    cast(adds_high as double) as adds_high,
    cast(adds_to_table as boolean) as adds_to_table,
    cast(days_error as double) as days_error,
    cast(table_days_error as double) as table_days_error,
    cast(left_out as varchar) as left_out,
    cast(missing as varchar) as missing
from analysis_win_records
