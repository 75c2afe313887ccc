-- Days until: the first day on which at least that share of the cases has ended; none where it is not reached.
-- Of the rows of `survival`; 0.5 gives the median.
-- grain: group
-- params: days days, surviving ratio, ended_share ratio
-- units: value days
min(days) filter (where surviving <= 1 - ended_share + 1e-9)
