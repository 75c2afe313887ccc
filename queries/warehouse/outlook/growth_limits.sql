-- Growth limits: the chance, and what is to be expected in 90 days, below which no account is proposed anything.
-- They hold unless somebody set others: one chance in ten, and 3% of what is usually ordered on a day.
-- grain: one row
-- scope: all
select
    cast(least_chance as double) as least_chance,
    cast(round(cast(least_expected as double), 2) as decimal(18, 2)) as least_expected
from analysis_growth_limits
