-- Owners: the reps who look after accounts or handle quotes.
-- grain: rep
-- units: value id, label text
select rep_id as value, name as label
from sales_reps
order by name, rep_id
