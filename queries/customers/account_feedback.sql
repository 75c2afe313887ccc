-- Answers: whether the customer would recommend us, from 0 to 10, newest first.
-- grain: answer
-- needs: feedback
-- params: customer text, page_start integer, page_rows integer
-- units: given_on date, score count, comment text, order_id id, answers count
select
    given_on,
    score,
    comment,
    order_id,
    cast(count(*) over () as bigint) as answers
from feedback
where customer_id = $customer
order by given_on desc, feedback_id desc
limit $page_rows offset $page_start
