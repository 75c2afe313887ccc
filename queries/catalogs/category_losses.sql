-- Categories losing customers: who still orders but is leaving a category, counted by category, most to lose first.
-- At stake is what they spend in 90 days at their usual rates.
-- grain: category
-- params: segment text, category text
-- units: category text, customers_stopped count, customers_declining count, at_stake money
-- excludes: customers without an order in the last 60 days
select
    category,
    cast(count(*) filter (where verdict = 'stopped') as bigint) as customers_stopped,
    cast(count(*) filter (where verdict = 'declining') as bigint) as customers_declining,
    cast(sum(at_stake) as decimal(18, 2)) as at_stake
from category_risks
where
    ($segment is null or segment = $segment)
    and ($category is null or category = $category)
group by category
order by sum(at_stake) desc, category
