-- Teams: the teams there are, and those that somebody was in when figures were credited.
-- grain: team
-- units: value text
select team as value
from sales_reps
where team is not null
union
select team
from rep_months
where team is not null
order by value
