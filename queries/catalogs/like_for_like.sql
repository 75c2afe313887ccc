-- Like for like: what the same customers bought from a catalog in both periods, beside the same kind in other catalogs.
-- Customers of the group that bought from the catalog in both periods, so that won and lost ones change nothing.
-- Change: their revenue now to then, less one. Others: the same for the other catalogs' customers of the segment.
-- Difference: change less others' change. Intervals hold nine of ten (a ratio of sums over customers; at least five of
-- them); those of the difference are so wide that all of the list and of the matched accounts together hold. Ahead or
-- behind is said of a catalog by both comparisons (see catalog verdicts), here as there.
-- grain: catalog and segment
-- needs: catalog_orders
-- params: date_from date, date_to date, base_from date, base_to date, segment text
-- units: catalog_id id, catalog text, segment label, same_customers count, revenue money, revenue_base money, change
--   ratio, change_low ratio, change_high ratio, others count, others_change ratio, difference ratio, difference_low
--   ratio, difference_high ratio, standing label
-- excludes: orders from no catalog, customers of no segment
-- reads: parts.catalogs.same_customers, parts.catalogs.catalog_verdicts
select
    s.catalog_id,
    k.name as catalog,
    s.segment,
    cast(s.n as bigint) as same_customers,
    cast(s.now as decimal(18, 2)) as revenue,
    cast(s.before as decimal(18, 2)) as revenue_base,
    s.ratio - 1 as change,
    s.ratio - 1 - nine_in_ten() * sqrt(s.variance) as change_low,
    s.ratio - 1 + nine_in_ten() * sqrt(s.variance) as change_high,
    cast(s.others_n as bigint) as others,
    s.others_ratio - 1 as others_change,
    s.ratio - s.others_ratio as difference,
    s.ratio - s.others_ratio - v.reach * sqrt(s.variance + s.others_variance) as difference_low,
    s.ratio - s.others_ratio + v.reach * sqrt(s.variance + s.others_variance) as difference_high,
    coalesce(v.standing, 'too_few') as standing
from same_customers as s
inner join catalogs as k on s.catalog_id = k.catalog_id
left join catalog_verdicts as v on s.catalog_id = v.catalog_id and s.segment = v.segment
where $segment is null or s.segment = $segment
order by revenue desc, s.catalog_id, s.segment
