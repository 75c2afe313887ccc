-- Quotes without an amount: they are counted and never valued.
-- grain: quote
-- level: warn
select quote_id
from input_quotes
where amount is null
