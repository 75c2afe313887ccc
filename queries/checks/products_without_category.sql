-- Products without a category: they appear in no category's figures.
-- grain: product
-- level: warn
select product_id
from products
where category is null
