-- Win record: how often such probabilities came true in your own past, told with what was known on earlier days.
-- Of deals open on those days and decided since, in all and by tenths of what was said; seen is the share won. AUC is
-- how often a won deal had been told a higher probability than a lost one, with the interval that holds nine in ten.
-- Skill is how much nearer (Brier) than the share won alone. Close coverage is the share decided within the span told,
-- eight in ten.
-- grain: grade
-- units: grade label, decided count, won count, said ratio, seen ratio, auc score, auc_low score, auc_high score,
--   brier_skill ratio, calibration_error ratio, close_coverage ratio, has_signal flag
select
    grade,
    decided,
    won,
    said,
    seen,
    auc,
    auc_low,
    auc_high,
    brier_skill,
    calibration_error,
    close_coverage,
    has_signal
from win_records
order by case when grade = 'all' then 0 else 1 end, said, grade
