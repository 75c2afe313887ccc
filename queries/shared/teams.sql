-- Teams: the teams there are.
-- grain: team
-- units: value text
select distinct team as value
from sales_reps
where team is not null
order by team
