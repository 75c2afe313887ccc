-- Contacts: the people at a customer, with role and site.
-- grain: contact
-- scope: owner_rep_id
-- ecommerce: none
-- sort: customer_id, contact_id
select
    cast(p.contact_id as varchar) as contact_id,
    cast(p.customer_id as varchar) as customer_id,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(p.name as varchar) as name,
    cast(p.role as varchar) as role,
    cast(p.email as varchar) as email,
    cast(p.phone as varchar) as phone,
    cast(p.site as varchar) as site
from input_contacts as p
inner join input_customers as c on p.customer_id = c.customer_id
