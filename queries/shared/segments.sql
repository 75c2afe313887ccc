-- Segments: the customer segments there are.
-- grain: segment
-- units: value label
select distinct segment as value
from customers
where segment is not null
order by segment
