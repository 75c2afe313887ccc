-- Growth, customers: what each customer is, and the catalog it is offered, if one is named.
-- grain: customer
select
    cast(customer_id as varchar) as customer_id,
    cast(industry as varchar) as industry,
    cast(segment as varchar) as segment,
    cast(catalog_id as varchar) as catalog_id
from customers
