-- Open negotiations by stage: how many each rep has at which stage, and what they are worth.
-- grain: rep and stage
-- needs: quotes
-- params: decided json, as_of date, team text
-- units: rep_id id, rep text, stage text, negotiations count, amount money
-- excludes: deals that somebody closed here
-- reads: parts.negotiations.current_deals
select
    r.rep_id,
    r.name as rep,
    n.stage,
    count(*) as negotiations,
    cast(sum(n.amount) as decimal(18, 2)) as amount
from current_deals as n
inner join sales_reps as r on n.rep_id = r.rep_id
where n.counts_as_open and ($team is null or r.team = $team)
group by r.rep_id, r.name, n.stage
order by r.name, r.rep_id, n.stage
