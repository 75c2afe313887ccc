-- All segments at once: win rate and retention of people who serve all segments against those who serve fewer.
-- A segment is served where it makes up at least 5 accounts and a twentieth of the book. Each person's rate is taken
-- less what everybody's rates in the same segments would give, so that a harder mix counts against nobody, and each
-- person counts once. Win rate is won over won and lost in the 365 days to the as-of day; retention is the share of
-- accounts with revenue in the 365 days before that brought some again. People with fewer than 5 of either are left
-- out. The interval (Student's t, the fewer people's degrees of freedom) holds nineteen of twenty; it is told from 5
-- people on each side on.
-- grain: measure
-- params: team text, date_to date
-- units: measure label, people_all count, people_fewer count, rate_all ratio, rate_fewer ratio, difference ratio,
--   difference_low ratio, difference_high ratio, decided_value money
with books as (
    select
        owner_rep_id as rep_id,
        segment,
        count(*) as accounts,
        sum(count(*)) over (partition by owner_rep_id) as book
    from account_standing
    where owner_rep_id is not null
    group by owner_rep_id, segment
),

breadths as (
    select
        rep_id,
        count(*) filter (where segment is not null and accounts >= 5 and accounts * 20 >= book) as segments_served
    from books
    group by rep_id
),

offered as (
    select count(distinct segment) as segments
    from account_standing
),

trials as (
    select
        'win_rate' as measure,
        rep_id,
        coalesce(segment, '') as segment,
        case when counts_as_won then 1 else 0 end as hit,
        amount
    from negotiations
    where counts_in_win_rate and rep_id is not null and closed_on > $date_to::date - 365 and closed_on <= $date_to
    union all
    select
        'retention' as measure,
        owner_rep_id as rep_id,
        coalesce(segment, '') as segment,
        case when revenue_year > 0 then 1 else 0 end as hit,
        0 as amount
    from account_standing
    where revenue_year_base > 0 and owner_rep_id is not null
),

expected as (
    select
        *,
        avg(hit) over (partition by measure, segment) as usual
    from trials
),

people as (
    select
        e.measure,
        e.rep_id,
        b.segments_served = o.segments as serves_all,
        avg(e.hit) as rate,
        avg(e.hit - e.usual) as excess,
        sum(e.amount) as decided_value
    from expected as e
    inner join breadths as b on e.rep_id = b.rep_id
    inner join sales_reps as r on e.rep_id = r.rep_id
    cross join offered as o
    where o.segments > 1 and ($team is null or r.team = $team)
    group by e.measure, e.rep_id, b.segments_served, o.segments
    having count(*) >= 5
),

sides as (
    select
        measure,
        count(*) filter (where serves_all) as people_all,
        count(*) filter (where not serves_all) as people_fewer,
        avg(rate) filter (where serves_all) as rate_all,
        avg(rate) filter (where not serves_all) as rate_fewer,
        avg(excess) filter (where serves_all) - avg(excess) filter (where not serves_all) as difference,
        sqrt(
            var_samp(excess) filter (where serves_all) / nullif(count(*) filter (where serves_all), 0)
            + var_samp(excess) filter (where not serves_all) / nullif(count(*) filter (where not serves_all), 0)
        ) as standard_error,
        sum(decided_value) filter (where serves_all) as decided_value
    from people
    group by measure
),

bounded as (
    select
        *,
        standard_error * case least(people_all, people_fewer) - 1
            when 4 then 2.776
            when 5 then 2.571
            when 6 then 2.447
            when 7 then 2.365
            when 8 then 2.306
            when 9 then 2.262
            else 2.228
        end as spread
    from sides
    where least(people_all, people_fewer) >= 5
)

select
    s.measure,
    s.people_all,
    s.people_fewer,
    s.rate_all,
    s.rate_fewer,
    case when b.measure is not null then s.difference end as difference,
    s.difference - b.spread as difference_low,
    s.difference + b.spread as difference_high,
    cast(coalesce(s.decided_value, 0) as decimal(18, 2)) as decided_value
from sides as s
left join bounded as b on s.measure = b.measure
order by s.measure desc
