-- Unloaded: what no row says, for the manifest of a snapshot.
-- grain: fact
select fact
from loaded_facts
where facts_loaded = 0
order by fact
