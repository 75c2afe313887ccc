-- Team quotas: targets by rep, month and metric, to the team of the rep by day, in full and up to the as-of day.
-- Of whoever changes teams within a month each team takes the share of its working days, to the cent and adding up. The
-- month of the as-of day counts up to that day by its share of elapsed working days. A month whose days are not known
-- goes to the team of its first day. Of whoever's orders stopped being loaded nothing counts after that day.
-- grain: rep, first day in the team, month and metric
-- params: as_of date
-- scope: rep_id
-- teams: team
-- ecommerce: none
with spells as (
    select
        q.rep_id,
        q.month,
        q.metric,
        cast(q.target * 100 as double) as cents,
        t.team,
        t.starts_on,
        t.past_end,
        e.feed_last_on,
        least(cast($as_of as date), coalesce(e.feed_last_on, cast($as_of as date))) as known_to
    from quotas as q
    left join rep_feed_ends as e on q.rep_id = e.rep_id and q.metric <> 'won_value'
    inner join stg_rep_teams as t
        on
            q.rep_id = t.rep_id
            and t.starts_on < cast(q.month + interval 1 month as date)
            and t.past_end > q.month
),

-- The working days of the month, those that have elapsed, and those before the team and up to its end.
stretches as (
    select
        s.*,
        nullif(sum(case when c.is_working_day then 1 else 0 end), 0) as days,
        sum(case when c.is_working_day and c.day <= s.known_to then 1 else 0 end) as elapsed,
        sum(case when c.is_working_day and c.day < s.starts_on then 1 else 0 end) as days_before,
        sum(case when c.is_working_day and c.day < s.past_end then 1 else 0 end) as days_until
    from spells as s
    left join calendar as c on s.month = c.month
    group by s.rep_id, s.month, s.metric, s.cents, s.team, s.starts_on, s.past_end, s.feed_last_on, s.known_to
),

parts as (
    select
        rep_id,
        team,
        month,
        metric,
        feed_last_on,
        case
            when days is not null
                then
                    round(cents * days_until / nullif(days, 0), 0)
                    - round(cents * days_before / nullif(days, 0), 0)
            when starts_on <= month then cents
            else 0
        end as cents,
        case
            when days is not null
                then
                    round(cents * least(days_until, elapsed) / nullif(days, 0), 0)
                    - round(cents * least(days_before, elapsed) / nullif(days, 0), 0)
            when starts_on <= month and month <= known_to then cents
            else 0
        end as cents_to_date
    from stretches
)

select
    cast(rep_id as varchar) as rep_id,
    cast(team as varchar) as team,
    cast(month as date) as month,
    cast(metric as varchar) as metric,
    cast(cast(cents as decimal(20, 0)) * 0.01 as decimal(18, 2)) as target,
    cast(cast(cents_to_date as decimal(20, 0)) * 0.01 as decimal(18, 2)) as target_to_date,
    cast(feed_last_on as date) as feed_last_on
from parts
