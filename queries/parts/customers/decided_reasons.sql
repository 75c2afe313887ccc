-- Decided reasons: the reasons to act on accounts as they stand now, by what people decided and were taught by.
-- Groups of which many proposals are dismissed sink: the worth counts times (accepted + 3) / (accepted + dismissed +
-- 3). Who takes it up follows from worth and spare capacity, unless somebody decided otherwise.
-- grain: kind, customer and subject
-- params: as_of date, segment text, owner text, decided json, taught json, held_share ratio, least_chance ratio,
--   least_expected money
-- excludes: customers held out to measure what the list is worth, and growth below the limits of chance and money
-- reads: parts.customers.reasons, parts.shared.decisions, parts.customers.worthwhile_growth
with lessons as (
    select unnest(
        from_json(coalesce($taught, '[]'), '[{"group_key": "varchar", "accepted": "double", "dismissed": "double"}]'),
        max_depth := 2
    )
)

select
    w.kind,
    w.customer_id,
    w.customer,
    w.subject,
    w.reason,
    w.owner_rep_id,
    w.money,
    w.probability,
    w.worth * coalesce((l.accepted + 3) / (l.accepted + l.dismissed + 3), 1) as worth,
    w.due_on,
    coalesce(d.channel, r.channel) as channel,
    coalesce(d.status, 'open') as status,
    d.until,
    coalesce(d.version, 0) as version
from reasons as w
left join customers as c on w.customer_id = c.customer_id
left join routes as r on w.customer_id = r.customer_id
left join decisions as d on w.kind = d.kind and w.customer_id = d.customer_id and w.subject = d.subject
left join lessons as l on w.group_key = l.group_key
where
    ($segment is null or w.segment = $segment)
    and ($owner is null or w.owner_rep_id = $owner)
    and coalesce(c.held_rank, 1) >= $held_share
    and (w.kind <> 'growth' or w.customer_id in (select g.customer_id from worthwhile_growth as g))
