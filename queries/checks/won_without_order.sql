-- Won quotes without an order: no loaded order refers to them, so conversion cannot count them.
-- grain: negotiation won without an order
-- level: warn
select negotiation_id
from negotiations
where counts_as_won and ordered_on is null
