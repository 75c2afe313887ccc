-- Recent visits: the stays of deals in each buying job (or stage), of requests of the last 12 months.
-- grain: negotiation and stay
-- params: date_to date, segment text, owner text, places text
select *
from negotiation_visits
where
    kind = $places
    and requested_on > $date_to::date - interval 1 year
    and ($segment is null or segment = $segment)
    and ($owner is null or rep_id = $owner)
