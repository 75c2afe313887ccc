-- Matched accounts: how the accounts of a catalog developed, against accounts of their kind in other catalogs.
-- The same kind is the same segment and the same size, in steps of double the average revenue of both periods (the
-- average, so that a year that was good by chance is held against nobody). Each step of the catalog's accounts is set
-- against what it would bring had it developed as that step did elsewhere; accounts won and lost are included. Matched
-- is the share of the accounts with at least two of their kind on both sides. The intervals, of five accounts or more
-- on either side, are so wide that all of the list and of the same customers together hold nine times in ten. Ahead or
-- behind is said of a catalog by both comparisons (see catalog verdicts), here as there.
-- grain: catalog and segment
-- needs: account_catalogs
-- params: date_from date, date_to date, base_from date, base_to date, segment text
-- units: catalog_id id, catalog text, segment label, accounts count, matched ratio, others count, revenue_per_account
--   money, others_per_account money, difference_per_account money, difference_low money, difference_high money,
--   standing label
-- excludes: accounts offered no catalog, of no segment or without revenue in either period
-- reads: parts.catalogs.matched_accounts, parts.catalogs.catalog_verdicts
select
    d.catalog_id,
    k.name as catalog,
    d.segment,
    cast(d.n as bigint) as accounts,
    coalesce(d.matched_n, 0) / d.n as matched,
    cast(coalesce(d.others_n, 0) as bigint) as others,
    cast(d.now / d.matched_n as decimal(18, 2)) as revenue_per_account,
    cast(d.expected / d.matched_n as decimal(18, 2)) as others_per_account,
    cast((d.now - d.expected) / d.matched_n as decimal(18, 2)) as difference_per_account,
    cast((d.now - d.expected - v.reach * sqrt(d.variance)) / d.matched_n as decimal(18, 2)) as difference_low,
    cast((d.now - d.expected + v.reach * sqrt(d.variance)) / d.matched_n as decimal(18, 2)) as difference_high,
    coalesce(v.standing, 'too_few') as standing
from matched_accounts as d
inner join catalogs as k on d.catalog_id = k.catalog_id
left join catalog_verdicts as v on d.catalog_id = v.catalog_id and d.segment = v.segment
where $segment is null or d.segment = $segment
order by d.n desc, d.catalog_id, d.segment
