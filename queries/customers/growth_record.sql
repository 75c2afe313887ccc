-- Record of growth: how often accounts took up what would have been proposed to them, of rows as they are shown.
-- What would have been proposed 90 days before the last day is told from what was known then, under the limits of
-- chance and money that hold now. Taken is at least one of the products. The base rate is what as many products at
-- random, of all that could be proposed, would have done with the same accounts, popular rate what those bought most
-- would have. The limits that hold stand beside it.
-- grain: one row
-- params: least_chance ratio, least_expected money
-- units: kind label, horizon_days days, alerts count, hits count, precision ratio, precision_low ratio, precision_high
--   ratio, told ratio, base_rate ratio, popular_rate ratio, expected money, least_chance ratio, least_expected money
with limits as (
    select
        coalesce($least_chance, least_chance) as least_chance,
        coalesce($least_expected, least_expected) as least_expected
    from growth_limits
),

shown as (
    select r.*
    from growth_replays as r
    inner join limits as l on r.chance >= l.least_chance and r.expected >= l.least_expected
),

sums as (
    select
        count(*) as alerts,
        count(*) filter (where has_taken) as hits,
        avg(chance) as told,
        avg(random_chance) as base_rate,
        avg(case when has_taken_popular then 1.0::double else 0.0::double end) as popular_rate,
        sum(expected) as expected
    from shown
)

select
    'growth' as kind,
    horizon_days('growth') as horizon_days,
    s.alerts,
    s.hits,
    rate(s.hits, s.alerts) as "precision",
    wilson_low(s.hits, s.alerts) as precision_low,
    wilson_high(s.hits, s.alerts) as precision_high,
    s.told,
    s.base_rate,
    s.popular_rate,
    cast(coalesce(s.expected, 0) as decimal(18, 2)) as expected,
    cast(l.least_chance as double) as least_chance,
    cast(l.least_expected as decimal(18, 2)) as least_expected
from limits as l
cross join sums as s
