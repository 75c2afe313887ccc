-- Events before the request: they count as of the day of the request, so what they tell of days is wrong.
-- grain: event
-- level: warn
select e.event_id
from input_quote_events as e
inner join quote_versions as v on e.quote_id = v.quote_id
inner join negotiations as n on v.negotiation_id = n.negotiation_id
where cast(e.occurred_at as date) < n.requested_on
