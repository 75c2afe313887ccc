-- People: reps with their managers, from whom scopes are made.
-- grain: rep
select rep_id, name, manager_id
from sales_reps
order by rep_id
