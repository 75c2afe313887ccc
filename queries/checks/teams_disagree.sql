-- Teams that disagree: the list of reps names another team than the last day loaded of whoever moved, so that the
-- present and the past of a team are not the same people.
-- grain: rep whose team of today is told twice
-- level: warn
select r.rep_id
from sales_reps as r
inner join stg_rep_teams as t on r.rep_id = t.rep_id and t.past_end = date '9999-12-31'
where r.team is distinct from t.team
