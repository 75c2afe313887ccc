-- Pipeline forecasts: what deals open on a day were expected to be won for within 30, 60 and 90 days, as told on that
-- day. It adds what is told today to what earlier builds told, as they told it: only so can it be judged. Of the whole
-- company and of each rep; expected of the reps and of the deals of nobody add up to the company's. Low and high hold
-- the outcome in eight cases of ten where deals are won independently of one another. What was told two years ago is
-- forgotten.
-- grain: day it was told, rep (none: the whole company) and days ahead
-- params: as_of date
-- scope: rep_id
-- ecommerce: none
-- keeps: made_on, level, rep_id, days, deals, open_value, expected, low, high
-- sort: made_on, level, rep_id, days
with deals as (
    select
        n.rep_id,
        cast(n.amount as double) as amount,
        w.won_30_days,
        w.won_60_days,
        w.won_90_days
    from negotiations as n
    inner join win_probabilities as w on n.negotiation_id = w.negotiation_id
    where w.win_probability is not null
),

chances as (
    select rep_id, amount, 30 as days, won_30_days as chance
    from deals
    union all
    select rep_id, amount, 60 as days, won_60_days as chance
    from deals
    union all
    select rep_id, amount, 90 as days, won_90_days as chance
    from deals
),

levels as (
    select 'rep' as level, rep_id, days, amount, chance
    from chances
    where rep_id is not null
    union all
    select 'company' as level, cast(null as varchar) as rep_id, days, amount, chance
    from chances
),

summed as (
    select
        level,
        rep_id,
        days,
        count(*) as deals,
        sum(amount) as open_value,
        sum(amount * chance) as expected,
        1.282 * sqrt(sum(amount * amount * chance * (1 - chance))) as spread
    from levels
    group by level, rep_id, days
),

told as (
    select made_on, level, rep_id, days, deals, open_value, expected, low, high
    from kept_pipeline_forecasts
    where made_on < $as_of and made_on > cast(cast($as_of as date) - interval 24 month as date)
    union all
    select
        $as_of as made_on,
        level,
        rep_id,
        days,
        deals,
        cast(round(open_value, 2) as decimal(18, 2)) as open_value,
        cast(round(expected, 2) as decimal(18, 2)) as expected,
        cast(round(greatest(expected - spread, 0), 2) as decimal(18, 2)) as low,
        cast(round(expected + spread, 2) as decimal(18, 2)) as high
    from summed
)

select
    cast(made_on as date) as made_on,
    cast(level as varchar) as level,
    cast(rep_id as varchar) as rep_id,
    cast(days as bigint) as days,
    cast(deals as bigint) as deals,
    cast(open_value as decimal(18, 2)) as open_value,
    cast(expected as decimal(18, 2)) as expected,
    cast(low as decimal(18, 2)) as low,
    cast(high as decimal(18, 2)) as high
from told
