-- Cohorts: accounts by the year or quarter of their first order, how many are still active and what they bring.
-- Active are those that are not lost (see the health of the book). Revenue is of the last 365 days, by all accounts of
-- the cohort. Who first ordered before the data begin stands in the first cohort.
-- grain: year or quarter of the first order
-- params: segment text, owner text, cohort_step text
-- units: cohort text, accounts count, active count, active_share ratio, revenue_year money, revenue_per_account money
with cohorts as (
    select
        case
            when $cohort_step = 'quarter' then year(first_order_on) || ' Q' || quarter(first_order_on)
            else cast(year(first_order_on) as varchar)
        end as cohort,
        health <> 'lost_account' as is_active,
        revenue_year
    from account_standing
    where
        first_order_on is not null
        and ($segment is null or segment = $segment)
        and ($owner is null or owner_rep_id = $owner)
)

select
    cohort,
    cast(count(*) as bigint) as accounts,
    cast(count(*) filter (where is_active) as bigint) as active,
    cast(count(*) filter (where is_active) as double) / count(*) as active_share,
    cast(sum(revenue_year) as decimal(18, 2)) as revenue_year,
    cast(round(cast(sum(revenue_year) as double) / count(*), 2) as decimal(18, 2)) as revenue_per_account
from cohorts
group by cohort
order by cohort desc
