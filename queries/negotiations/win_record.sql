-- Win record: how often such probabilities came true in your own past, told with what was known on earlier days. Of
-- deals open on those days and decided since, in all and by tenths of what was said; seen is the share won. AUC is how
-- often a won deal had been told a higher probability than a lost one, with the interval that holds nine in ten. Skill
-- is how much nearer (Brier) than the share won alone. Close coverage is the share decided within the span told, eight
-- in ten. In all it also says what is told now: the model; the table, which is the share won by stage and age, unless
-- the model was better; the usual share won, one for all, where too few were decided or nothing known at the request
-- tells won from lost; or nothing. Signal is that of what is told. Usual is the share won of those decided that were
-- once as old as the open ones, with the interval that holds nine in ten. Adds is the AUC of the model over that of the
-- table. Left out are facts that may have been filled in after the decision, missing is what keeps more from being
-- told.
-- grain: grade
-- units: grade label, decided count, won count, said ratio, seen ratio, auc score, auc_low score, auc_high score,
--   brier_skill ratio, calibration_error ratio, close_coverage ratio, has_signal flag, told label, known_decided count,
--   known_won count, usual ratio, usual_low ratio, usual_high ratio, adds score, adds_low score, adds_high score,
--   left_out text, missing label
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
    has_signal,
    told,
    known_decided,
    known_won,
    usual,
    usual_low,
    usual_high,
    adds,
    adds_low,
    adds_high,
    left_out,
    missing
from win_records
order by case when grade = 'all' then 0 else 1 end, said, grade
