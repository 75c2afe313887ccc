-- Categories at risk: customers that still order but are leaving a category, most to lose first.
-- The chance is that of buying none of the category for two of its usual intervals (60 to 210 days) while the customer
-- orders on; listed is what is told at least 35 in 100, by chance times money. Usual and recent count the days on
-- which it bought of the category in 60 days. At stake is what it spends in 90 days at its usual rate.
-- grain: customer and category
-- params: segment text, owner text, customer text, category text, page_start integer, page_rows integer
-- units: customer_id id, customer text, category text, verdict label, usual_purchases score, recent_purchases count,
--   changed_around date, last_bought_on date, loss_probability ratio, at_stake money, alerts count
-- excludes: customers silent for two usual intervals themselves, categories bought on fewer than three days or more
--   than 105 days apart, and all alerts while they are right no more often than the base rate
select
    r.customer_id,
    c.name as customer,
    r.category,
    r.verdict,
    r.usual_purchases,
    r.recent_purchases,
    r.changed_around,
    r.last_bought_on,
    r.loss_probability,
    r.at_stake,
    cast(count(*) over () as bigint) as alerts
from category_risks as r
inner join customers as c on r.customer_id = c.customer_id
where
    ($segment is null or r.segment = $segment)
    and ($owner is null or r.owner_rep_id = $owner)
    and ($customer is null or r.customer_id = $customer)
    and ($category is null or r.category = $category)
order by r.priority desc, r.customer_id, r.category
limit $page_rows offset $page_start
