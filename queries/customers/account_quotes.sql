-- Open quotes: what the customer has still to decide, the largest first.
-- Past validity means that the offer no longer binds on the as-of day. What somebody closed here is left out, and a day
-- that somebody set holds.
-- grain: negotiation
-- needs: quotes
-- params: decided json, as_of date, customer text, date_to date, page_start integer, page_rows integer
-- units: negotiation_id id, amount money, stage text, issued_on date, valid_until date, is_past_validity flag,
--   expected_close_on date, day_standing label, negotiations count
-- reads: parts.negotiations.current_deals
select
    negotiation_id,
    amount,
    stage,
    issued_on,
    valid_until,
    coalesce(valid_until < $date_to::date, false) as is_past_validity,
    expected_close_on,
    day_standing,
    cast(count(*) over () as bigint) as negotiations
from current_deals
where customer_id = $customer and counts_as_open
order by amount desc, negotiation_id
limit $page_rows offset $page_start
