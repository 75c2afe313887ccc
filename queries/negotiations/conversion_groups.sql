-- Conversion by group: how many requests became quotes and orders, and how many deals were won, by segment or another.
-- By segment, channel, source of the lead or product group. Conversion is ordered over quoted, of the requests of the
-- period moved back by the days within which nine of ten orders followed their request (30 where nothing was ordered),
-- so that only mature ones count. Win rate is apart from it: won over won and lost, of the deals closed in the period
-- itself. Intervals hold nine of ten (Wilson). Ahead or behind is said only where the interval of the conversion and
-- that of all others together do not overlap. No rate on fewer than five.
-- grain: segment, channel, source or product group
-- params: by text, date_from date, date_to date, segment text, owner text
-- units: segment label, channel label, source text, category text, requests count, quoted count, ordered count,
--   quoted_rate ratio, conversion ratio, conversion_low ratio, conversion_high ratio, standing label,
--   requested_value money, quoted_value money, ordered_value money, value_conversion ratio, won count, lost count,
--   win_rate ratio, win_rate_low ratio, win_rate_high ratio, maturity_days days, cohort_from date, cohort_to date
-- excludes: from win rate, decisions whose day is not known; from conversion, orders of quotes without a day of issue
-- reads: parts.negotiations.order_maturity
with chosen as (
    select
        case $by
            when 'by_segment' then segment
            when 'by_channel' then channel
            when 'by_source' then source
            else category
        end as member,
        requested_on,
        closed_on,
        amount,
        is_quoted,
        is_ordered,
        counts_as_won,
        counts_as_lost
    from negotiations
    where
        ($segment is null or segment = $segment)
        and ($owner is null or rep_id = $owner)
),

maturity as (
    select
        days,
        cast(cast($date_from as date) - days as date) as cohort_from,
        cast(cast($date_to as date) - days as date) as cohort_to
    from order_maturity
),

placed as (
    select
        c.*,
        c.requested_on between m.cohort_from and m.cohort_to as is_cohort,
        coalesce(c.closed_on between $date_from and $date_to, false) as is_closed
    from chosen as c
    cross join maturity as m
),

sums as (
    select
        member,
        count(*) filter (where is_cohort) as requests,
        count(*) filter (where is_cohort and is_quoted) as quoted,
        count(*) filter (where is_cohort and is_ordered) as ordered,
        coalesce(sum(amount) filter (where is_cohort), 0) as requested_value,
        coalesce(sum(amount) filter (where is_cohort and is_quoted), 0) as quoted_value,
        coalesce(sum(amount) filter (where is_cohort and is_ordered), 0) as ordered_value,
        count(*) filter (where is_closed and counts_as_won) as won,
        count(*) filter (where is_closed and counts_as_lost) as lost
    from placed
    where is_cohort or is_closed
    group by member
),

beside_others as (
    select
        *,
        sum(quoted) over () - quoted as others_quoted,
        sum(ordered) over () - ordered as others_ordered
    from sums
)

select
    case when $by = 'by_segment' then c.member end as segment,
    case when $by = 'by_channel' then c.member end as channel,
    case when $by = 'by_source' then c.member end as source,
    case when $by = 'by_category' then c.member end as category,
    c.requests,
    c.quoted,
    c.ordered,
    rate(c.quoted, c.requests) as quoted_rate,
    rate(c.ordered, c.quoted) as conversion,
    wilson_low(c.ordered, c.quoted) as conversion_low,
    wilson_high(c.ordered, c.quoted) as conversion_high,
    standing(c.ordered, c.quoted, c.others_ordered, c.others_quoted) as standing,
    cast(c.requested_value as decimal(18, 2)) as requested_value,
    cast(c.quoted_value as decimal(18, 2)) as quoted_value,
    cast(c.ordered_value as decimal(18, 2)) as ordered_value,
    case
        when enough(c.quoted) then cast(c.ordered_value as double) / nullif(cast(c.quoted_value as double), 0)
    end as value_conversion,
    c.won,
    c.lost,
    case when enough(c.won + c.lost) then win_rate(c.won, c.lost) end as win_rate,
    wilson_low(c.won, c.won + c.lost) as win_rate_low,
    wilson_high(c.won, c.won + c.lost) as win_rate_high,
    m.days as maturity_days,
    m.cohort_from,
    m.cohort_to
from beside_others as c
cross join maturity as m
order by c.requests desc, c.won + c.lost desc, c.member
