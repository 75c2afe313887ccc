-- Path of a negotiation: its stays in one buying job (or stage) after another, in the order they happened.
-- grain: visit
-- needs: steps
-- params: negotiation text, places text
-- units: visit count, place label, entered_on date, left_on date, days days, is_revisit flag
select visit, place, entered_on, left_on, days, is_revisit
from negotiation_visits
where negotiation_id = $negotiation and kind = $places
order by visit
