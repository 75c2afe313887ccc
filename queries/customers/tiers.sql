-- Tiers: where the accounts of each tier of the 365 days before are now.
-- By revenue of 365 days in the whole company: strategic are the largest accounts that together bring the first 50%,
-- mid those up to 80%, long tail the rest. The share is of the accounts that were in the tier before.
-- grain: tier before and tier now
-- params: segment text, owner text
-- units: tier_before label, tier label, accounts count, share ratio, revenue_year money, revenue_year_base money
-- excludes: accounts without revenue in both years, and those of which not all of both years was loaded
select
    tier_before,
    tier,
    cast(count(*) as bigint) as accounts,
    cast(count(*) as double) / sum(count(*)) over (partition by tier_before) as share,
    cast(sum(revenue_year) as decimal(18, 2)) as revenue_year,
    cast(sum(revenue_year_base) as decimal(18, 2)) as revenue_year_base
from account_standing
where
    tier_before is not null
    and (tier_before <> 'without_revenue' or tier <> 'without_revenue')
    and ($segment is null or segment = $segment)
    and ($owner is null or owner_rep_id = $owner)
group by tier_before, tier
order by tier_before, tier
