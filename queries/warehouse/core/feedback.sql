-- Feedback: answers to the question whether a customer would recommend us, from 0 to 10.
-- grain: answer
-- scope: owner_rep_id
-- sort: customer_id, given_on, feedback_id
select
    cast(f.feedback_id as varchar) as feedback_id,
    cast(f.customer_id as varchar) as customer_id,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(f.given_on as date) as given_on,
    cast(f.order_id as varchar) as order_id,
    cast(f.score as bigint) as score,
    cast(f.comment as varchar) as comment
from input_feedback as f
inner join input_customers as c on f.customer_id = c.customer_id
