-- Credited before the first team: people sold or decided before the first day loaded of their teams, so no team has it.
-- grain: rep and month that no team is credited with
-- level: warn
select distinct m.rep_id, m.month
from rep_months as m
inner join stg_rep_teams as t
    on
        m.rep_id = t.rep_id
        and t.starts_on = date '0001-01-01'
        and t.past_end < date '9999-12-31'
        and m.month < t.past_end
where m.team is null
