-- Attainment: what was reached against quota by person, team, month or quarter, what is needed, and what covers it.
-- Revenue and margin are credited to the rep on the order, won value to the rep on the quote, each by its own date;
-- where none is named, to the owner of the account. Teams have what their people reached, and were to reach, while they
-- were in them; of a person the team of today is named. The quota of an open month counts by its share of elapsed
-- working days, and attainment is that of the people who have a quota. Still needed (shortfall) is what those below
-- their quota lack to the end of the period, person by person, beyond quota what the others have more, and needed
-- together the one less the other: a surplus makes up for a gap of the whole, never for that of another person. All are
-- unknown for a month or quarter that is over, and where orders of one of them stopped being loaded. Covered is what
-- those who are short are expected to sell without a quote until then, from the forecast, and their open quotes due by
-- then times the probability to be won, over what they need; uncovered is what is left person by person. Both are
-- unknown where the forecast ends before the period. Won value is covered by open quotes alone, margin by nothing
-- known. Due are open quotes the rep expects to be decided by then, or where no such day is known or it has passed, are
-- told to be.
-- grain: person, team, month or quarter, as asked for
-- params: date_to date, date_month_from date, date_month_to date, period_to date, metric text, by text, team text, rep
--   text, decided json, as_of date
-- units: rep_id id, rep text, team text, month month, quarter text, credited money, quota_to_date money, attainment
--   ratio, quota money, needed money, shortfall money, short_people count, beyond_quota money, orders_to_come money,
--   due_quotes count, due_value money, due_likely money, quota_covered factor, uncovered money
-- excludes: sales and decisions of nobody, decisions whose day is not known, and margins of lines without a cost
-- reads: parts.negotiations.current_deals
with targets as (
    select
        rep_id,
        team,
        month,
        target as quota,
        case when month <= $date_month_to then target_to_date end as quota_to_date,
        feed_last_on
    from team_quotas
    where metric = $metric and month between $date_month_from and $period_to
),

credits as (
    select
        rep_id,
        team,
        month,
        sum(case $metric when 'margin' then margin when 'won_value' then won_value else revenue end) as reached
    from rep_months
    where month between $date_month_from and $date_month_to
    group by rep_id, team, month
),

open_deals as (
    select
        *,
        coalesce(case when not is_past_expected then expected_close_on end, closes_on) as due_on
    from current_deals
    where counts_as_open and rep_id is not null
),

due as (
    select
        n.rep_id,
        n.team,
        cast(date_trunc('month', greatest(n.due_on, $date_to::date)) as date) as month,
        n.amount,
        n.amount * w.win_probability as likely_value
    from open_deals as n
    left join win_probabilities as w on n.negotiation_id = w.negotiation_id
    where n.due_on <= $period_to
),

-- What is to come; of a month that was not forecast it is unknown.
reach as (
    select max(month) as last_month
    from expected_orders
),

coming as (
    select e.rep_id, r.team, e.month, e.without_quotes
    from expected_orders as e
    inner join sales_reps as r on e.rep_id = r.rep_id
    where $metric = 'revenue' and e.month <= $period_to
),

entries as (
    select
        rep_id,
        team,
        month,
        true as is_credit,
        reached,
        null as quota,
        null as quota_to_date,
        null as is_due,
        null as due_value,
        null as likely_value,
        null as expected,
        null as feed_last_on
    from credits
    union all
    select rep_id, team, month, null, null, quota, quota_to_date, null, null, null, null, feed_last_on
    from targets
    union all
    select rep_id, team, month, null, null, null, null, true, amount, likely_value, null, null
    from due
    union all
    select rep_id, team, month, null, null, null, null, null, null, null, without_quotes, null
    from coming
    union all
    select rep_id, team, null, null, null, null, null, null, null, null, null, null
    from sales_reps
),

placed as (
    select
        r.name,
        r.team as present_team,
        e.*,
        coalesce(sum(e.quota_to_date) over by_person, 0) > 0 as is_measured,
        coalesce(sum(e.quota) over by_person, 0) > 0 as has_quota
    from entries as e
    left join sales_reps as r on e.rep_id = r.rep_id
    where ($team is null or e.team = $team) and ($rep is null or e.rep_id = $rep)
    window by_person as (partition by e.rep_id, e.team)
),

-- Person by person within each row, for one does not fill the gap of another.
people as (
    select
        rep_id as person,
        case when coalesce($by, 'by_rep') = 'by_rep' then rep_id end as rep_id,
        case when coalesce($by, 'by_rep') = 'by_rep' then name end as rep,
        case coalesce($by, 'by_rep') when 'by_rep' then present_team when 'by_team' then team end as team,
        case $by when 'by_month' then month when 'by_quarter' then cast(date_trunc('quarter', month) as date) end
            as month,
        count(is_credit) as credits,
        sum(reached) as reached,
        sum(reached) filter (where is_measured) as measured,
        count(*) filter (where is_credit and is_measured) as measured_credits,
        coalesce(sum(quota) filter (where has_quota), 0)
        - coalesce(sum(reached) filter (where has_quota), 0) as lacking,
        sum(quota_to_date) as quota_to_date,
        sum(quota) as quota,
        count(is_due) as due_quotes,
        coalesce(sum(due_value), 0) as due_value,
        sum(likely_value) filter (where has_quota) as likely,
        sum(expected) filter (where has_quota) as expected,
        max(feed_last_on) as feed_last_on
    from placed
    where month is not null or coalesce($by, 'by_rep') in ('by_rep', 'by_team')
    group by all
),

grouped as (
    select
        rep_id,
        rep,
        team,
        month,
        sum(credits) as credits,
        sum(reached) as reached,
        sum(measured) as measured,
        sum(measured_credits) as measured_credits,
        sum(quota_to_date) as quota_to_date,
        sum(quota) as quota,
        sum(greatest(lacking, 0)) as shortfall,
        count(*) filter (where lacking > 0) as short_people,
        sum(greatest(-lacking, 0)) as beyond_quota,
        sum(due_quotes) as due_quotes,
        sum(due_value) as due_value,
        coalesce(sum(likely) filter (where lacking > 0), 0) as likely,
        coalesce(sum(expected) filter (where lacking > 0), 0) as expected,
        sum(greatest(cast(lacking as double) - coalesce(cast(expected as double), 0) - coalesce(likely, 0), 0))
            as uncovered,
        max(feed_last_on) is null
        and sum(quota) > 0
        and (
            month is null
            or month >= case when $by = 'by_quarter' then date_trunc('quarter', $date_to::date) else $date_month_to end
        ) as is_known,
        $metric = 'revenue'
        and least(
            case
                when $by = 'by_month' then month
                when $by = 'by_quarter' then month + interval 2 month
                else $period_to::date
            end,
            $period_to::date
        ) < any_value(last_month) + interval 1 month as is_forecast
    from people
    cross join reach
    group by rep_id, rep, team, month
)

select
    rep_id,
    rep,
    team,
    month,
    case when $by = 'by_quarter' then year(month) || ' Q' || quarter(month) end as quarter,
    cast(case when credits > 0 then reached when month is null or month <= $date_month_to then 0 end as decimal(18, 2))
        as credited,
    cast(quota_to_date as decimal(18, 2)) as quota_to_date,
    cast(case when measured_credits > 0 then measured else 0 end as double)
    / nullif(cast(quota_to_date as double), 0) as attainment,
    cast(quota as decimal(18, 2)) as quota,
    cast(case when is_known then greatest(shortfall - beyond_quota, 0) end as decimal(18, 2)) as needed,
    cast(case when is_known then shortfall end as decimal(18, 2)) as shortfall,
    case when is_known then short_people end as short_people,
    cast(case when is_known then beyond_quota end as decimal(18, 2)) as beyond_quota,
    cast(case when is_known and is_forecast then expected end as decimal(18, 2)) as orders_to_come,
    cast(due_quotes as bigint) as due_quotes,
    cast(due_value as decimal(18, 2)) as due_value,
    cast(case when is_known and $metric <> 'margin' then likely end as decimal(18, 2)) as due_likely,
    case
        when is_known and (is_forecast or $metric = 'won_value')
            then
                (case when is_forecast then cast(expected as double) else 0 end + likely)
                / nullif(cast(shortfall as double), 0)
    end as quota_covered,
    cast(case when is_known and is_forecast then uncovered end as decimal(18, 2)) as uncovered
from grouped
order by
    month,
    uncovered desc nulls last,
    credited desc nulls last,
    rep_id,
    team
