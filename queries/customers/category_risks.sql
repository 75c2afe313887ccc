-- Categories at risk: customers that still order but are leaving a category, most to lose first.
-- Two witnesses: a change point in the customer's own orders against season and chance, and a category that stayed
-- out for longer than its own rhythm explains while the customer ordered on. Usual and recent count order days with the
-- category in 60 days. At stake is what is missing in the next 90 days at its usual rate; the chance is that of going
-- on without it, or of losing half of it or more.
-- grain: customer and category
-- params: segment text, owner text, customer text, category text, page_start integer, page_rows integer
-- units: customer_id id, customer text, category text, verdict label, usual_purchases score, recent_purchases count,
--   changed_around date, last_bought_on date, loss_probability ratio, at_stake money, alerts count
-- excludes: customers without an order in the last 60 days, and categories with fewer than two expected purchases
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
