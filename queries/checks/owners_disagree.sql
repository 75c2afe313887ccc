-- Owners that disagree: the list of customers names another owner than the last day loaded of an account that was
-- handed over, so that whoever looks after it is not credited with orders that name nobody.
-- grain: customer whose owner of today is told twice
-- level: warn
select c.customer_id
from customers as c
inner join stg_account_owners as h on c.customer_id = h.customer_id and h.past_end = date '9999-12-31'
where c.owner_rep_id is distinct from h.rep_id
