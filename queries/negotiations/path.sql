-- Path of a negotiation: its moves from one buying job to the next, in the order they happened.
-- grain: move
-- params: negotiation text
-- units: step count, from_job label, to_job label, days days, is_step_back flag
select step, from_job, to_job, days, is_step_back
from job_moves
where negotiation_id = $negotiation
order by step
