-- Contracts: agreements with a customer, with their end and the review of their terms.
-- grain: contract
-- scope: owner_rep_id
-- sort: customer_id, contract_id
select
    cast(k.contract_id as varchar) as contract_id,
    cast(k.customer_id as varchar) as customer_id,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(k.starts_on as date) as starts_on,
    cast(k.ends_on as date) as ends_on,
    cast(k.review_on as date) as review_on,
    cast(k.annual_value as decimal(18, 2)) as annual_value
from input_contracts as k
inner join input_customers as c on k.customer_id = c.customer_id
