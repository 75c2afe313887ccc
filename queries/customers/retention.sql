-- Retention: how much of the comparison period's revenue stayed, and the steps from it to this period's revenue.
-- The cohort is the accounts with revenue in the comparison period. Gross retention = their revenue now, of each at
-- most what it was then, to what it was then; net retention = all their revenue now to what it was then. Left: no
-- revenue now; bought less and bought more: the difference; new and returning: no revenue then. Comparison + more + new
-- - less - left = now, to the cent. In a period shorter than an account's usual interval, a pause counts as left.
-- grain: one row
-- params: date_from date, date_to date, base_from date, base_to date, segment text, owner text
-- units: revenue_base money, churned money, contracted money, expanded money, gained money, revenue money,
--   customers_base count, customers_churned count, customers_contracted count, customers_expanded count,
--   customers_gained count, customers count, gross_retention ratio, net_retention ratio
-- excludes: sales to no known customer
-- reads: parts.customers.compared_orders
with period_sums as (
    select
        customer_id,
        coalesce(sum(revenue) filter (where is_now), 0) as now,
        coalesce(sum(revenue) filter (where not is_now), 0) as before
    from compared_orders
    where customer_id is not null
    group by customer_id
),

steps as (
    select
        coalesce(sum(before), 0) as revenue_base,
        coalesce(sum(before) filter (where before > 0), 0) as cohort_base,
        coalesce(sum(before - now) filter (where before > 0 and now <= 0), 0) as churned,
        coalesce(sum(before - now) filter (where before > now and now > 0), 0) as contracted,
        coalesce(sum(now - before) filter (where before > 0 and now > before), 0) as expanded,
        coalesce(sum(now - before) filter (where before <= 0), 0) as gained,
        coalesce(sum(now), 0) as revenue,
        count(*) filter (where before > 0) as customers_base,
        count(*) filter (where before > 0 and now <= 0) as customers_churned,
        count(*) filter (where before > now and now > 0) as customers_contracted,
        count(*) filter (where before > 0 and now > before) as customers_expanded,
        count(*) filter (where before <= 0 and now > 0) as customers_gained,
        count(*) filter (where now > 0) as customers
    from period_sums
)

select
    cast(if_compared($base_to, revenue_base) as decimal(18, 2)) as revenue_base,
    cast(if_compared($base_to, churned) as decimal(18, 2)) as churned,
    cast(if_compared($base_to, contracted) as decimal(18, 2)) as contracted,
    cast(if_compared($base_to, expanded) as decimal(18, 2)) as expanded,
    cast(if_compared($base_to, gained) as decimal(18, 2)) as gained,
    cast(revenue as decimal(18, 2)) as revenue,
    cast(if_compared($base_to, customers_base) as bigint) as customers_base,
    cast(if_compared($base_to, customers_churned) as bigint) as customers_churned,
    cast(if_compared($base_to, customers_contracted) as bigint) as customers_contracted,
    cast(if_compared($base_to, customers_expanded) as bigint) as customers_expanded,
    cast(if_compared($base_to, customers_gained) as bigint) as customers_gained,
    cast(customers as bigint) as customers,
    cast(cohort_base - churned - contracted as double) / nullif(cast(cohort_base as double), 0) as gross_retention,
    cast(cohort_base - churned - contracted + expanded as double)
    / nullif(cast(cohort_base as double), 0) as net_retention
from steps
