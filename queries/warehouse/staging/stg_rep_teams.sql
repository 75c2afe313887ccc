-- Teams by day: to which team each person belonged, and when.
-- Who has no days loaded is in the team of the list of reps throughout. Of others nothing is known before their first
-- day, and what begins after the as-of day has not happened yet.
-- grain: rep and first day
-- params: as_of date
-- materialize: temporary
with told as (
    select
        rep_id,
        joined_on,
        team,
        lead(joined_on) over (partition by rep_id order by joined_on) as left_on
    from input_rep_teams
    where joined_on <= cast($as_of as date)
),

begun as (
    select rep_id, min(joined_on) as first_day
    from told
    group by rep_id
),

spells as (
    select rep_id, team, joined_on as starts_on, coalesce(left_on, date '9999-12-31') as past_end
    from told
    union all
    select
        r.rep_id,
        case when b.rep_id is null then r.team end as team,
        date '0001-01-01' as starts_on,
        coalesce(b.first_day, date '9999-12-31') as past_end
    from input_sales_reps as r
    left join begun as b on r.rep_id = b.rep_id
)

select
    cast(rep_id as varchar) as rep_id,
    cast(team as varchar) as team,
    cast(starts_on as date) as starts_on,
    cast(past_end as date) as past_end
from spells
