-- Silent accounts: those silent beyond their own limit, with what will likely be lost first.
-- Late has a rhythm and is silent for longer than nine in ten of its gaps, quiet has none and is for longer than three
-- in four; both beyond 1.25 usual intervals. Probably gone is silent for over 180 days and four usual intervals, or has
-- one chance in five to be still there. A seasonal pause is like one of last year, or one of the whole segment. Likely
-- loss is what the account buys in 90 days times the chance that it orders nothing in 90 days.
-- grain: customer
-- params: segment text, owner text, limit integer
-- units: customer_id id, customer text, rhythm label, likely_loss money, at_stake money, silence_probability ratio,
--   days_since_last days, usual_interval_days days, last_order_on date
-- excludes: accounts within their limit, those that ordered once or twice, and those that count as churned
select
    r.customer_id,
    c.name as customer,
    r.rhythm,
    r.likely_loss,
    r.at_stake,
    r.silence_probability,
    r.days_since_last,
    r.usual_interval_days,
    r.last_order_on
from reorder_rhythm as r
inner join customers as c on r.customer_id = c.customer_id
where
    r.is_silent
    and ($segment is null or r.segment = $segment)
    and ($owner is null or r.owner_rep_id = $owner)
order by r.likely_loss desc, r.customer_id
limit $limit
