-- Effort: what each person looks after, what of it is silent or at risk, and what room is left.
-- Revenue is that of 365 days. Likely loss is what silent accounts and at-risk value what categories at risk put at
-- stake in 90 days, the first times the chance that it is lost. Touched are long-tail accounts with a contact in the 90
-- days to the as-of day, and activities are all contacts of these days with the person's accounts, whoever made them. A
-- segment is served where it makes up at least 5 accounts and a twentieth of the book.
-- grain: rep
-- needs: owners
-- params: team text, date_to date
-- units: rep_id id, rep text, kind label, accounts count, capacity count, capacity_use ratio, revenue_year money,
--   silent_accounts count, likely_loss money, at_risk_value money, long_tail_accounts count, long_tail_touched ratio,
--   activities count, activities_per_account score, segments_served count, serves_all flag
-- excludes: people who look after no account
with recent_days as (
    select
        customer_id,
        count(*) as activities
    from activities
    where occurred_on > $date_to::date - 90 and occurred_on <= $date_to
    group by customer_id
),

stakes as (
    select
        customer_id,
        sum(money) filter (where kind = 'category_risk') as at_risk_value
    from work_items
    group by customer_id
),

books as (
    select
        a.owner_rep_id as rep_id,
        count(*) as accounts,
        sum(a.revenue_year) as revenue_year,
        count(*) filter (where a.is_silent) as silent_accounts,
        sum(a.likely_loss) as likely_loss,
        sum(s.at_risk_value) as at_risk_value,
        count(*) filter (where a.tier = 'long_tail') as long_tail_accounts,
        count(*) filter (where a.tier = 'long_tail' and d.activities is not null) as touched,
        sum(d.activities) as activities
    from account_standing as a
    left join stakes as s on a.customer_id = s.customer_id
    left join recent_days as d on a.customer_id = d.customer_id
    where a.owner_rep_id is not null
    group by a.owner_rep_id
),

served as (
    select
        rep_id,
        count(*) as segments_served
    from (
        select
            owner_rep_id as rep_id,
            segment,
            count(*) as accounts,
            sum(count(*)) over (partition by owner_rep_id) as book
        from account_standing
        group by owner_rep_id, segment
    ) as by_segment
    where segment is not null and accounts >= 5 and accounts * 20 >= book
    group by rep_id
),

offered as (
    select count(distinct segment) as segments
    from account_standing
)

select
    r.rep_id,
    r.name as rep,
    r.kind,
    b.accounts,
    r.capacity,
    cast(b.accounts as double) / nullif(r.capacity, 0) as capacity_use,
    cast(b.revenue_year as decimal(18, 2)) as revenue_year,
    b.silent_accounts,
    cast(coalesce(b.likely_loss, 0) as decimal(18, 2)) as likely_loss,
    cast(coalesce(b.at_risk_value, 0) as decimal(18, 2)) as at_risk_value,
    b.long_tail_accounts,
    cast(b.touched as double) / nullif(b.long_tail_accounts, 0) as long_tail_touched,
    cast(coalesce(b.activities, 0) as bigint) as activities,
    cast(coalesce(b.activities, 0) as double) / b.accounts as activities_per_account,
    coalesce(s.segments_served, 0) as segments_served,
    coalesce(s.segments_served, 0) = o.segments and o.segments > 1 as serves_all
from books as b
inner join sales_reps as r on b.rep_id = r.rep_id
left join served as s on b.rep_id = s.rep_id
cross join offered as o
where $team is null or r.team = $team
order by cast(b.accounts as double) / nullif(r.capacity, 0) desc nulls last, b.accounts desc, r.rep_id
