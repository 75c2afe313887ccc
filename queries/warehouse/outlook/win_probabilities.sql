-- Win probabilities: how probable each open negotiation is to be won, and when it is to be decided.
-- Told from negotiations that looked like it at the same age: won at all and won within 14, 30, 60 and 90 days from the
-- as-of day; the day of decision at the median, eight in ten between from and until. Reasons say what raises and lowers
-- the probability most: what it is, less what it were if this alone was as it usually is at that age. Without a signal
-- in the user's own past it is the share won by stage and age, and one share for all where too few were decided
-- (win_records); then there are no reasons. Empty below ten decided negotiations. Without days of negotiations that
-- were seen open, only whether at all is told.
-- grain: open negotiation
-- scope: rep_id
-- sort: negotiation_id
select
    cast(w.negotiation_id as varchar) as negotiation_id,
    cast(n.rep_id as varchar) as rep_id,
    cast(w.win_probability as double) as win_probability,
    cast(w.won_14_days as double) as won_14_days,
    cast(w.won_30_days as double) as won_30_days,
    cast(w.won_60_days as double) as won_60_days,
    cast(w.won_90_days as double) as won_90_days,
    cast(w.lost_30_days as double) as lost_30_days,
    cast(w.expected_close_on as date) as expected_close_on,
    cast(w.close_from as date) as close_from,
    cast(w.close_until as date) as close_until,
    cast(w.has_signal as boolean) as has_signal,
    cast(w.reasons as varchar) as reasons
from analysis_win_probabilities as w
inner join negotiations as n on w.negotiation_id = n.negotiation_id
