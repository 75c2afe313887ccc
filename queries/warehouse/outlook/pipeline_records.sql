-- Pipeline record: how forecasts of what open deals would be won for came out, once their days were over.
-- Held against are deals that had been asked for by the day it was told and were won within the days ahead, at the
-- worth they have now. Error is the sum of the misses over the sum won (WAPE), accuracy is one less that; bias above
-- zero told too much; coverage is how many came between low and high, which should be eight in ten. None below six days
-- of telling.
-- grain: level and days ahead
-- params: as_of date
-- scope: all
-- ecommerce: none
-- sort: level, days
with over as (
    select *
    from pipeline_forecasts
    where date_diff('day', made_on, cast($as_of as date)) >= days
),

came as (
    select
        o.made_on,
        o.level,
        o.rep_id,
        o.days,
        o.expected,
        o.low,
        o.high,
        coalesce(sum(n.amount), 0) as won
    from over as o
    left join negotiations as n
        on
            (o.level = 'company' or o.rep_id = n.rep_id)
            and n.counts_as_won
            and n.requested_on <= o.made_on
            and n.closed_on > o.made_on
            and date_diff('day', o.made_on, n.closed_on) <= o.days
    group by o.made_on, o.level, o.rep_id, o.days, o.expected, o.low, o.high
),

judged as (
    select
        level,
        days,
        count(*) as forecasts,
        count(distinct made_on) as origins,
        cast(sum(abs(expected - won)) as double) / nullif(cast(sum(won) as double), 0) as wape,
        cast(sum(expected - won) as double) / nullif(cast(sum(won) as double), 0) as bias,
        avg(case when won between low and high then 1 else 0 end) as coverage
    from came
    group by level, days
)

select
    cast(level as varchar) as level,
    cast(days as bigint) as days,
    cast(forecasts as bigint) as forecasts,
    cast(wape as double) as wape,
    cast(1 - wape as double) as accuracy,
    cast(bias as double) as bias,
    cast(coverage as double) as coverage
from judged
where origins >= 6
