-- Coverage: from which day to which what was fed in is loaded, as a whole, by segment, and by segment and channel.
-- A feed is a dated input table, or the part of its orders or quotes that came from one segment, or from one segment
-- through one channel. The usual gap is that within which 95 in 100 of the feed's days follow one another. A silence
-- is a hole where it holds a whole calendar month, is over 28 days and over three usual gaps (of a part of a table over
-- 56 days and over four), and was no pause of the season: the year before or after it something came in those weeks,
-- the first and the last of them left out, or the data do not reach that far. A feed has a row for each stretch
-- between holes. It stopped where it is silent, up to the as-of day, for over 28 days and for over one and a half
-- times the longest gap within its stretches. Parts of a table are judged from 24 days and ten customers on, whole
-- tables from 24 days.
-- grain: input table, segment, channel and stretch
-- params: as_of date
-- scope: all
-- sort: input_table, segment, channel, first_on
with dated as (
    select
        'orders' as input_table,
        coalesce(segment, 'unknown') as segment,
        coalesce(channel, 'unknown') as channel,
        ordered_on as day,
        customer_id
    from orders
    group by segment, channel, ordered_on, customer_id
    union all
    select
        'quotes' as input_table,
        coalesce(c.segment, 'unknown') as segment,
        coalesce(q.channel, 'unknown') as channel,
        q.requested_on as day,
        q.customer_id
    from input_quotes as q
    left join input_customers as c on q.customer_id = c.customer_id
    union all
    select 'quote_events', 'unknown', 'unknown', cast(occurred_at as date), null
    from input_quote_events
    union all
    select 'activities', 'unknown', 'unknown', occurred_on, customer_id
    from input_activities
    union all
    select 'leads', 'unknown', 'unknown', created_on, null
    from input_leads
    union all
    select 'feedback', 'unknown', 'unknown', given_on, customer_id
    from input_feedback
),

feeds as (
    select input_table, 'all' as segment, 'all' as channel, day, customer_id
    from dated
    union all
    select input_table, segment, 'all', day, customer_id
    from dated
    where input_table in ('orders', 'quotes')
    union all
    select input_table, segment, channel, day, customer_id
    from dated
    where input_table in ('orders', 'quotes')
),

feed_days as (
    select
        input_table,
        segment,
        channel,
        day,
        lag(day) over (partition by input_table, segment, channel order by day) as day_before
    from feeds
    where day <= cast($as_of as date)
    group by input_table, segment, channel, day
),

sizes as (
    select input_table, segment, channel, count(distinct customer_id) as customers
    from feeds
    where day <= cast($as_of as date)
    group by input_table, segment, channel
),

usual as (
    select
        d.input_table,
        d.segment,
        d.channel,
        s.customers,
        count(*) as days,
        min(d.day) as feed_first_on,
        max(d.day) as feed_last_on,
        coalesce(
            percentile_cont(0.95) within group (order by date_diff('day', d.day_before, d.day)), 0
        ) as usual_gap_days,
        count(*) >= 24 and (d.segment = 'all' or s.customers >= 10) as is_judged
    from feed_days as d
    inner join sizes as s on d.input_table = s.input_table and d.segment = s.segment and d.channel = s.channel
    group by d.input_table, d.segment, d.channel, s.customers
),

silences as (
    select
        d.input_table,
        d.segment,
        d.channel,
        d.day_before,
        d.day,
        cast(d.day_before - interval 364 day as date) >= u.feed_first_on
        or cast(d.day + interval 364 day as date) <= u.feed_last_on as has_another_year
    from feed_days as d
    inner join usual as u on d.input_table = u.input_table and d.segment = u.segment and d.channel = u.channel
    where
        u.is_judged
        and date_diff('day', d.day_before, d.day) > case when d.segment = 'all' then 28 else 56 end
        and date_diff('day', d.day_before, d.day) > case when d.segment = 'all' then 3 else 4 end * u.usual_gap_days
        and cast(date_trunc('month', d.day_before) as date)
        < cast(date_trunc('month', cast(d.day - interval 1 month as date)) as date)
),

holes as (
    select s.input_table, s.segment, s.channel, s.day
    from silences as s
    left join feed_days as o
        on
            s.input_table = o.input_table
            and s.segment = o.segment
            and s.channel = o.channel
            and (
                (
                    o.day > cast(s.day_before - interval 357 day as date)
                    and o.day < cast(s.day - interval 371 day as date)
                )
                or (
                    o.day > cast(s.day_before + interval 371 day as date)
                    and o.day < cast(s.day + interval 357 day as date)
                )
            )
    group by s.input_table, s.segment, s.channel, s.day, s.has_another_year
    having count(o.day) > 0 or not s.has_another_year
),

numbered as (
    select
        d.input_table,
        d.segment,
        d.channel,
        d.day,
        case when h.day is null then date_diff('day', d.day_before, d.day) end as gap_days,
        count(h.day) over (
            partition by d.input_table, d.segment, d.channel
            order by d.day
            rows between unbounded preceding and current row
        ) as holes_before
    from feed_days as d
    left join holes as h
        on d.input_table = h.input_table and d.segment = h.segment and d.channel = h.channel and d.day = h.day
),

longest as (
    select input_table, segment, channel, max(gap_days) as gap_days
    from numbered
    group by input_table, segment, channel
)

select
    cast(n.input_table as varchar) as input_table,
    cast(n.segment as varchar) as segment,
    cast(n.channel as varchar) as channel,
    cast(min(n.day) as date) as first_on,
    cast(max(n.day) as date) as last_on,
    cast(count(*) as bigint) as days,
    cast(u.customers as bigint) as customers,
    cast(u.usual_gap_days as double) as usual_gap_days,
    cast(
        u.is_judged
        and max(n.day) = u.feed_last_on
        and date_diff('day', u.feed_last_on, cast($as_of as date)) > 28
        and date_diff('day', u.feed_last_on, cast($as_of as date)) > 1.5 * coalesce(l.gap_days, 0) as boolean
    ) as is_stopped,
    cast(u.is_judged as boolean) as is_judged
from numbered as n
inner join usual as u on n.input_table = u.input_table and n.segment = u.segment and n.channel = u.channel
inner join longest as l on n.input_table = l.input_table and n.segment = l.segment and n.channel = l.channel
group by
    n.input_table,
    n.segment,
    n.channel,
    n.holes_before,
    u.customers,
    u.usual_gap_days,
    u.is_judged,
    u.feed_last_on,
    l.gap_days
