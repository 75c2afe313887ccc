-- Categories: the product categories there are.
-- grain: category
-- units: value text
select distinct category as value
from products
where category is not null
order by category
