-- Quotes without a customer: they count in no account and no segment, and nothing about them is due.
-- grain: quote
-- level: warn
select quote_id
from input_quotes
where customer_id is null
