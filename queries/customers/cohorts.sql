-- Cohorts: accounts by the year or quarter of their first order, how many are still active and what they bring. Active
-- are those that are not lost (see the health of the book). Revenue is of the last 365 days, by all accounts of the
-- cohort. Who may have ordered before the data begin is no first buyer, but of the time before: created before that day
-- or, where no day up to its first order is known for that, with an order in the 365 days after it.
-- grain: year or quarter of the first order
-- params: segment text, owner text, cohort_step text
-- units: cohort label, accounts count, active count, active_share ratio, revenue_year money, revenue_per_account money
-- reads: parts.shared.loaded_orders
with cohorts as (
    select
        case
            when
                case when c.created_on <= s.first_order_on then c.created_on else s.first_order_on - 365 end
                < l.history_from
                then 'before_' || strftime(l.history_from, '%Y-%m')
            when $cohort_step = 'quarter' then year(s.first_order_on) || ' Q' || quarter(s.first_order_on)
            else cast(year(s.first_order_on) as varchar)
        end as cohort,
        s.health <> 'lost_account' as is_active,
        s.revenue_year
    from account_standing as s
    left join customers as c on s.customer_id = c.customer_id
    cross join loaded_orders as l
    where
        s.first_order_on is not null
        and ($segment is null or s.segment = $segment)
        and ($owner is null or s.owner_rep_id = $owner)
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
order by case when not starts_with(cohort, 'before_') then cohort end desc nulls last
