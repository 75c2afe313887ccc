-- Growth, customers: the catalog each customer is offered, if one is named.
-- grain: customer
select
    cast(customer_id as varchar) as customer_id,
    cast(catalog_id as varchar) as catalog_id
from customers
where catalog_id is not null
