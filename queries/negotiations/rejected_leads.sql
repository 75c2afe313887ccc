-- Rejected leads: what sales turned down, by source and reason.
-- Leads that came in during the period and on which sales has decided: accepted, converted or rejected. Share is of the
-- leads of the source; its interval holds nine of ten (Wilson). No rate on fewer than five.
-- grain: source and reason
-- needs: leads
-- params: date_from date, date_to date, segment text, owner text, page_start integer, page_rows integer
-- units: source text, rejected_reason text, rejected count, decided_leads count, share ratio, share_low ratio,
--   share_high ratio, reasons count
-- excludes: new leads, on which sales has not decided
with by_reason as (
    select
        source,
        rejected_reason,
        count(*) filter (where status = 'rejected') as rejected,
        sum(count(*)) over (partition by source) as decided_leads
    from leads
    where
        status <> 'new'
        and created_on between $date_from and $date_to
        and ($segment is null or segment = $segment)
        and ($owner is null or rep_id = $owner)
    group by source, rejected_reason
)

select
    source,
    rejected_reason,
    rejected,
    cast(decided_leads as bigint) as decided_leads,
    rate(rejected, decided_leads) as share,
    wilson_low(rejected, decided_leads) as share_low,
    wilson_high(rejected, decided_leads) as share_high,
    cast(count(*) over () as bigint) as reasons
from by_reason
where rejected > 0
order by rejected desc, decided_leads desc, source, rejected_reason
limit $page_rows offset $page_start
