-- Ordered before the first owner: orders that name no rep, of days before the first loaded of their account's owners.
-- grain: order that nobody is credited with
-- level: warn
select o.order_id
from orders as o
inner join stg_account_owners as h
    on
        o.customer_id = h.customer_id
        and h.starts_on = date '0001-01-01'
        and h.past_end < date '9999-12-31'
        and o.ordered_on < h.past_end
where o.credited_rep_id is null
