-- Observed since: the first day of which stages are known only because two refreshes of a source differed.
-- The stays of those deals begin on the day they were seen, and what came and went between two refreshes is not known.
-- grain: one row
-- needs: steps
-- units: observed_since date, deals count
select
    min(occurred_on) as observed_since,
    count(distinct negotiation_id) as deals
from negotiation_steps
where event_id like 'observed:%'
