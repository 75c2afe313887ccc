-- Known account: whether an account is in the data of whoever asks.
-- Nothing is told of an account that is not.
-- grain: one customer
-- params: customer text
-- units: customer_id id
select customer_id
from customers
where customer_id = $customer
