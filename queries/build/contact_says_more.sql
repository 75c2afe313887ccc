-- Contact says more: rows of one contact in a file that say more of a person than one who is erased.
-- grain: contact
-- params: contact_id text, erased text
select contact_id
from contacts
where
    contact_id = $contact_id
    and (name is distinct from $erased or coalesce(role, email, phone, site) is not null)
