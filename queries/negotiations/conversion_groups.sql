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
        outcome,
        amount,
        issued_on is not null as is_quoted,
        issued_on is not null and ordered_on is not null as is_ordered
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
        count(*) filter (where is_closed and outcome = 'won') as won,
        count(*) filter (where is_closed) as closed
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
),

centres as (
    select
        *,
        (ordered + 1.3530125) / (quoted + 2.706025) as centre,
        1.645 * sqrt(ordered * (quoted - ordered) / nullif(quoted, 0) + 0.67650625) / (quoted + 2.706025) as spread,
        (others_ordered + 1.3530125) / (others_quoted + 2.706025) as others_centre,
        1.645 * sqrt(others_ordered * (others_quoted - others_ordered) / nullif(others_quoted, 0) + 0.67650625)
        / (others_quoted + 2.706025) as others_spread,
        (won + 1.3530125) / (closed + 2.706025) as win_centre,
        1.645 * sqrt(won * (closed - won) / nullif(closed, 0) + 0.67650625) / (closed + 2.706025) as win_spread
    from beside_others
)

select
    case when $by = 'by_segment' then c.member end as segment,
    case when $by = 'by_channel' then c.member end as channel,
    case when $by = 'by_source' then c.member end as source,
    case when $by = 'by_category' then c.member end as category,
    c.requests,
    c.quoted,
    c.ordered,
    case when c.requests >= 5 then c.quoted / c.requests end as quoted_rate,
    case when c.quoted >= 5 then c.ordered / c.quoted end as conversion,
    case when c.quoted >= 5 then greatest(c.centre - c.spread, 0) end as conversion_low,
    case when c.quoted >= 5 then least(c.centre + c.spread, 1) end as conversion_high,
    case
        when least(c.quoted, c.others_quoted) < 5 then 'too_few'
        when c.centre - c.spread > c.others_centre + c.others_spread then 'ahead'
        when c.centre + c.spread < c.others_centre - c.others_spread then 'behind'
        else 'cannot_tell'
    end as standing,
    cast(c.requested_value as decimal(18, 2)) as requested_value,
    cast(c.quoted_value as decimal(18, 2)) as quoted_value,
    cast(c.ordered_value as decimal(18, 2)) as ordered_value,
    case
        when c.quoted >= 5 then cast(c.ordered_value as double) / nullif(cast(c.quoted_value as double), 0)
    end as value_conversion,
    c.won,
    c.closed - c.won as lost,
    case when c.closed >= 5 then c.won / c.closed end as win_rate,
    case when c.closed >= 5 then greatest(c.win_centre - c.win_spread, 0) end as win_rate_low,
    case when c.closed >= 5 then least(c.win_centre + c.win_spread, 1) end as win_rate_high,
    m.days as maturity_days,
    m.cohort_from,
    m.cohort_to
from centres as c
cross join maturity as m
order by c.requests desc, c.closed desc, c.member
