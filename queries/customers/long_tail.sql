-- Long tail: what small accounts bring, and what is missed with them, in percent of the revenue of 365 days.
-- Missed = what accounts of last year's long tail bought less than then or no longer (lost), and what this year's could
-- buy if every growth proposal were taken up at the median spending of like buyers (P50). The interval is wide
-- on purpose: lost gets the interval of 95 in 100 Poisson bootstraps over the accounts, whose variance is the sum of
-- their squared losses, since a few accounts may make the loss; potential runs from P50 to P80.
-- What was lost is unknown where the year before was not loaded in full, and with it what is missed.
-- grain: one row
-- params: segment text, owner text
-- units: accounts count, long_tail_accounts count, revenue_year money, long_tail_revenue money, long_tail_share ratio,
--   lost_revenue money, lost_low money, lost_high money, potential_p50 money, potential_p80 money, missed_rate ratio,
--   missed_low ratio, missed_high ratio
with tails as (
    select
        revenue_year,
        revenue_year > 0 as has_revenue,
        tier_before is not null as is_compared,
        tier = 'long_tail' as is_tail,
        case
            when tier_before = 'long_tail' and revenue_year < revenue_year_base
                then revenue_year_base - greatest(revenue_year, 0)
            else 0
        end as lost,
        case when tier = 'long_tail' then potential_p50 else 0 end as potential_p50,
        case when tier = 'long_tail' then potential_p80 else 0 end as potential_p80
    from account_standing
    where ($segment is null or segment = $segment) and ($owner is null or owner_rep_id = $owner)
),

sums as (
    select
        count(*) filter (where has_revenue) as accounts,
        count(*) filter (where is_tail) as long_tail_accounts,
        coalesce(sum(revenue_year), 0) as revenue_year,
        coalesce(sum(revenue_year) filter (where is_tail), 0) as long_tail_revenue,
        case when count(*) = 0 or bool_or(is_compared) then coalesce(sum(lost), 0) end as lost,
        coalesce(1.96 * sqrt(sum(cast(lost as double) * cast(lost as double))), 0) as lost_margin,
        coalesce(sum(potential_p50), 0) as potential_p50,
        coalesce(sum(potential_p80), 0) as potential_p80
    from tails
),

bounds as (
    select
        *,
        nullif(cast(greatest(revenue_year, 0) as double), 0) as whole,
        case when lost is not null then greatest(cast(lost as double) - lost_margin, 0) end as lost_low,
        cast(lost as double) + lost_margin as lost_high
    from sums
)

select
    cast(accounts as bigint) as accounts,
    cast(long_tail_accounts as bigint) as long_tail_accounts,
    cast(revenue_year as decimal(18, 2)) as revenue_year,
    cast(long_tail_revenue as decimal(18, 2)) as long_tail_revenue,
    cast(long_tail_revenue as double) / whole as long_tail_share,
    cast(lost as decimal(18, 2)) as lost_revenue,
    cast(round(lost_low, 2) as decimal(18, 2)) as lost_low,
    cast(round(lost_high, 2) as decimal(18, 2)) as lost_high,
    cast(potential_p50 as decimal(18, 2)) as potential_p50,
    cast(potential_p80 as decimal(18, 2)) as potential_p80,
    cast(lost + potential_p50 as double) / whole as missed_rate,
    (lost_low + cast(potential_p50 as double)) / whole as missed_low,
    (lost_high + cast(potential_p80 as double)) / whole as missed_high
from bounds
