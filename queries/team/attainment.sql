-- Attainment: what was reached against quota by person, team, month or quarter, what is still needed, and what is
-- open. Revenue and margin are credited to the rep on the order, won value to the rep on the quote, each by its own
-- date; where none is named, to the owner of the account. Teams have what their people reached, and were to reach,
-- while they were in them; of a person the team of today is named. The quota of an open month counts by its share of
-- elapsed working days, and attainment is that of the people who have a quota. Needed is their quota to the end of the
-- period less what they reached, none for a month or quarter that is over, and unknown where orders of one of them
-- stopped being loaded: their quota counts up to that day. Due are open quotes the rep expects to be decided by then,
-- or without such a day are told to be; one whose day has passed is due now. Coverage is due over needed, first at
-- full worth, then each times its probability to be won; quotes know no margin, so it has none. What people reach adds
-- up to what teams and months do; what is needed need not, since one person over quota makes up for another.
-- grain: person, team, month or quarter, as asked for
-- params: date_to date, date_month_from date, date_month_to date, period_to date, metric text, by text, team text
-- units: rep_id id, rep text, team text, month month, quarter text, credited money, quota_to_date money, attainment
--   ratio, quota money, needed money, due_quotes count, due_value money, covered factor, covered_likely factor
-- excludes: sales and decisions of nobody, decisions whose day is not known, and margins of lines without a cost
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

due as (
    select
        n.rep_id,
        n.team,
        cast(
            date_trunc('month', greatest(coalesce(n.expected_close_on, w.expected_close_on), $date_to::date)) as date
        ) as month,
        n.amount,
        n.amount * w.win_probability as likely_value
    from negotiations as n
    left join win_probabilities as w on n.negotiation_id = w.negotiation_id
    where
        n.rep_id is not null
        and n.is_open
        and coalesce(n.expected_close_on, w.expected_close_on) <= $period_to
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
        null as due_value,
        null as likely_value,
        null as feed_last_on
    from credits
    union all
    select rep_id, team, month, null, null, quota, quota_to_date, null, null, feed_last_on
    from targets
    union all
    select rep_id, team, month, null, null, null, null, amount, likely_value, null
    from due
    union all
    select rep_id, team, null, null, null, null, null, null, null, null
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
    where $team is null or e.team = $team
    window by_person as (partition by e.rep_id, e.team)
),

grouped as (
    select
        case when coalesce($by, 'by_rep') = 'by_rep' then rep_id end as rep_id,
        case when coalesce($by, 'by_rep') = 'by_rep' then name end as rep,
        case coalesce($by, 'by_rep') when 'by_rep' then present_team when 'by_team' then team end as team,
        case $by when 'by_month' then month when 'by_quarter' then cast(date_trunc('quarter', month) as date) end
            as month,
        case $by when 'by_quarter' then date_trunc('quarter', $date_to::date) else $date_month_to end as open_from,
        count(is_credit) as credits,
        sum(reached) as reached,
        sum(reached) filter (where is_measured) as measured,
        count(*) filter (where is_credit and is_measured) as measured_credits,
        sum(reached) filter (where has_quota) as reached_with_quota,
        sum(quota_to_date) as quota_to_date,
        sum(quota) as quota,
        count(due_value) as due_quotes,
        coalesce(sum(due_value), 0) as due_value,
        coalesce(sum(due_value) filter (where has_quota), 0) as due_with_quota,
        coalesce(sum(likely_value) filter (where has_quota), 0) as likely_with_quota,
        max(feed_last_on) as feed_last_on
    from placed
    where month is not null or coalesce($by, 'by_rep') in ('by_rep', 'by_team')
    group by all
),

outlook as (
    select
        *,
        case
            when feed_last_on is null and quota > 0 and (month is null or month >= open_from)
                then greatest(quota - coalesce(reached_with_quota, 0), 0)
        end as needed
    from grouped
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
    cast(needed as decimal(18, 2)) as needed,
    due_quotes,
    cast(due_value as decimal(18, 2)) as due_value,
    case when $metric <> 'margin' then cast(due_with_quota as double) / nullif(cast(needed as double), 0) end
        as covered,
    case when $metric <> 'margin' then likely_with_quota / nullif(cast(needed as double), 0) end as covered_likely
from outlook
order by month, credited desc nulls last, rep_id, team
