-- Open quotes: what the customer has still to decide, the largest first.
-- Past validity means that the offer no longer binds on the as-of day.
-- grain: negotiation
-- needs: quotes
-- params: customer text, date_to date, page_start integer, page_rows integer
-- units: negotiation_id id, amount money, stage text, issued_on date, valid_until date, is_past_validity flag,
--   expected_close_on date, negotiations count
select
    negotiation_id,
    amount,
    stage,
    issued_on,
    valid_until,
    coalesce(valid_until < $date_to::date, false) as is_past_validity,
    expected_close_on,
    cast(count(*) over () as bigint) as negotiations
from negotiations
where customer_id = $customer and is_open
order by amount desc, negotiation_id
limit $page_rows offset $page_start
