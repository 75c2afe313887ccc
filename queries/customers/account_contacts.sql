-- Contacts: the people at the customer by site, with their role and when each was last spoken to.
-- grain: contact
-- needs: contacts
-- params: customer text, page_start integer, page_rows integer
-- units: site text, contact text, role text, phone text, email text, last_contact_on date, contacts count
with spoken as (
    select
        contact_id,
        max(occurred_on) as last_contact_on
    from activities
    where customer_id = $customer
    group by contact_id
)

select
    p.site,
    p.name as contact,
    p.role,
    p.phone,
    p.email,
    s.last_contact_on,
    cast(count(*) over () as bigint) as contacts
from contacts as p
left join spoken as s on p.contact_id = s.contact_id
where p.customer_id = $customer
order by p.site nulls last, lower(p.name), p.contact_id
limit $page_rows offset $page_start
