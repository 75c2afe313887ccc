-- Standings: which catalog is ahead of the others with whom, and by how much.
-- Ahead or behind by its same customers and by its matched accounts together, all intervals holding nine times in ten
-- (see catalog verdicts): what the lists of both and the headline say. Change and others' change are of the same
-- customers, the difference an account of the matched ones. Who is furthest ahead comes first.
-- grain: catalog and segment
-- needs: catalog_orders
-- params: date_from date, date_to date, base_from date, base_to date, segment text
-- units: catalog_id id, catalog text, segment label, standing label, change ratio, others_change ratio, difference
--   ratio, difference_per_account money
-- excludes: catalogs and segments with too few customers to tell
-- reads: parts.catalogs.same_customers, parts.catalogs.matched_accounts, parts.catalogs.catalog_verdicts
select
    v.catalog_id,
    k.name as catalog,
    v.segment,
    v.standing,
    s.ratio - 1 as change,
    s.others_ratio - 1 as others_change,
    s.ratio - s.others_ratio as difference,
    cast((d.now - d.expected) / d.matched_n as decimal(18, 2)) as difference_per_account
from catalog_verdicts as v
inner join catalogs as k on v.catalog_id = k.catalog_id
left join same_customers as s on v.catalog_id = s.catalog_id and v.segment = s.segment
left join matched_accounts as d on v.catalog_id = d.catalog_id and v.segment = d.segment
where $segment is null or v.segment = $segment
order by
    case v.standing when 'ahead' then 1 when 'cannot_tell' then 2 else 3 end,
    difference desc nulls last,
    difference_per_account desc nulls last,
    v.catalog_id,
    v.segment
