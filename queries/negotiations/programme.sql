-- Before and after a change: how many requests were won before and since a day, in its segment and in the others.
-- Requests of the six months before the day, and of the six since. Won counts when it was within as many days as nine
-- of ten decisions take, and only requests that old count, so that young and old ones have had the same time. Change is
-- in points, with an interval that holds nine of ten; the segment of the change has the others beside it. Difference:
-- its change less theirs (difference in differences); ahead or behind is said only where its interval leaves out zero
-- and 20 requests stand on each side. Requests of before that were decided after the day saw the change, too.
-- grain: segment
-- params: since date, programme text, date_to date, owner text
-- units: segment label, is_changed flag, requests_before count, won_before count, rate_before ratio, requests_since
--   count, won_since count, rate_since ratio, change ratio, change_low ratio, change_high ratio, others_change ratio,
--   difference ratio, difference_low ratio, difference_high ratio, standing label, until date, maturity_days days
-- excludes: customers of no segment
with chosen as (
    select segment, requested_on, counts_as_won, days_to_close
    from negotiations
    where segment is not null and ($owner is null or rep_id = $owner)
),

maturity as (
    select maturity_days(greatest(days_to_close, 0)) as days
    from chosen
    where days_to_close is not null
),

stretches as (
    select
        days,
        cast($since::date - interval 6 month as date) as begins,
        cast(
            least($since::date + interval 6 month - interval 1 day, $date_to::date - days * interval 1 day) as date
        ) as until
    from maturity
),

requests as (
    select
        c.segment,
        c.requested_on >= $since::date as is_since,
        case when c.counts_as_won and c.days_to_close <= s.days then 1 else 0 end as is_won
    from chosen as c
    inner join stretches as s
        on c.requested_on between s.begins and s.until and c.requested_on <= $date_to::date - s.days * interval 1 day
),

segments as (
    select
        segment,
        cast(count(*) filter (where not is_since) as double) as n0,
        cast(coalesce(sum(is_won) filter (where not is_since), 0) as double) as won0,
        cast(count(*) filter (where is_since) as double) as n1,
        cast(coalesce(sum(is_won) filter (where is_since), 0) as double) as won1
    from requests
    group by segment
),

sides as (
    select
        *,
        segment = $programme as is_changed,
        sum(n0) over () - n0 as others_n0,
        sum(won0) over () - won0 as others_won0,
        sum(n1) over () - n1 as others_n1,
        sum(won1) over () - won1 as others_won1
    from segments
),

changes as (
    select
        *,
        rate(won1, n1) - rate(won0, n0) as change,
        rate_variance(won0, n0) + rate_variance(won1, n1) as variance,
        case when is_changed then rate(others_won1, others_n1) - rate(others_won0, others_n0) end as others_change,
        rate_variance(others_won0, others_n0) + rate_variance(others_won1, others_n1) as others_variance
    from sides
),

compared as (
    select
        *,
        nine_in_ten() * sqrt(variance) as spread,
        change - others_change as difference,
        case
            when least(n0, n1, others_n0, others_n1) >= 20 then nine_in_ten() * sqrt(variance + others_variance)
        end as difference_spread
    from changes
)

select
    c.segment,
    c.is_changed,
    cast(c.n0 as bigint) as requests_before,
    cast(c.won0 as bigint) as won_before,
    rate(c.won0, c.n0) as rate_before,
    cast(c.n1 as bigint) as requests_since,
    cast(c.won1 as bigint) as won_since,
    rate(c.won1, c.n1) as rate_since,
    c.change,
    c.change - c.spread as change_low,
    c.change + c.spread as change_high,
    c.others_change,
    c.difference,
    c.difference - c.difference_spread as difference_low,
    c.difference + c.difference_spread as difference_high,
    case
        when not c.is_changed then null
        when c.difference is null or c.difference_spread is null then 'too_few'
        when c.difference - c.difference_spread > 0 then 'ahead'
        when c.difference + c.difference_spread < 0 then 'behind'
        else 'cannot_tell'
    end as standing,
    s.until,
    s.days as maturity_days
from compared as c
cross join stretches as s
order by c.is_changed desc, c.segment
