-- Team figures of the period: revenue against quota, won value, win rate and average won deal; or those of one person.
-- Revenue is credited to the rep on the order, decisions to the rep on the quote; where none is named, to the owner
-- of the account. The quota of an open month counts by its share of elapsed working days, to the cent, and attainment
-- is that of the reps who have a quota, so it compares like with like. Win rate is won over won and lost.
-- grain: one row
-- params: date_month_from date, date_month_to date, base_month_from date, base_month_to date, base_to date, team text,
--   rep text
-- units: revenue money, revenue_base money, quota_to_date money, attainment ratio, won_value money,
--   won_value_base money, won count, lost count, win_rate ratio, win_rate_base ratio, average_won money,
--   average_won_base money
-- excludes: sales and decisions of nobody, and decisions whose day is not known
with targets as (
    select rep_id, team, sum(target_to_date) as quota_to_date
    from team_quotas
    where
        metric = 'revenue'
        and month between $date_month_from and $date_month_to
        and ($team is null or team = $team)
        and ($rep is null or rep_id = $rep)
    group by rep_id, team
),

credited as (
    select
        m.*,
        m.month >= $date_month_from as is_now,
        coalesce(t.quota_to_date, 0) > 0 as has_quota
    from rep_months as m
    left join targets as t on m.rep_id = t.rep_id and m.team is not distinct from t.team
    where
        (
            m.month between $date_month_from and $date_month_to
            or (
                m.month between $base_month_from and $base_month_to
                and (m.month < $base_month_to or m.is_within_elapsed or $base_to::date = last_day($base_to::date))
            )
        )
        and ($team is null or m.team = $team)
        and ($rep is null or m.rep_id = $rep)
),

sums as (
    select
        coalesce(sum(revenue) filter (where is_now), 0) as revenue,
        coalesce(sum(revenue) filter (where is_now and has_quota), 0) as quota_revenue,
        coalesce(sum(revenue) filter (where not is_now), 0) as revenue_base,
        coalesce(sum(won_value) filter (where is_now), 0) as won_value,
        coalesce(sum(won_value) filter (where not is_now), 0) as won_value_base,
        coalesce(sum(won_valued) filter (where is_now), 0) as won_valued,
        coalesce(sum(won_valued) filter (where not is_now), 0) as won_valued_base,
        coalesce(sum(won) filter (where is_now), 0) as won,
        coalesce(sum(won) filter (where not is_now), 0) as won_base,
        coalesce(sum(lost) filter (where is_now), 0) as lost,
        coalesce(sum(lost) filter (where not is_now), 0) as lost_base
    from credited
)

select
    cast(s.revenue as decimal(18, 2)) as revenue,
    cast(if_compared($base_month_to, s.revenue_base) as decimal(18, 2)) as revenue_base,
    cast(t.quota_to_date as decimal(18, 2)) as quota_to_date,
    cast(s.quota_revenue as double) / nullif(cast(t.quota_to_date as double), 0) as attainment,
    cast(s.won_value as decimal(18, 2)) as won_value,
    cast(if_compared($base_month_to, s.won_value_base) as decimal(18, 2)) as won_value_base,
    cast(s.won as bigint) as won,
    cast(s.lost as bigint) as lost,
    win_rate(s.won, s.lost) as win_rate,
    win_rate(s.won_base, s.lost_base) as win_rate_base,
    average_won(s.won_value, s.won_valued) as average_won,
    average_won(s.won_value_base, s.won_valued_base) as average_won_base
from sums as s
cross join (select sum(quota_to_date) as quota_to_date from targets) as t
