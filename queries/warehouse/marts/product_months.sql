-- Product months: what each product sold in each month, catalog and segment.
-- Days within the elapsed stretch of the calendar are told apart, so that an open month compares with the same
-- stretch of an earlier one.
-- grain: month, elapsed part, product, catalog, segment and account owner
-- scope: owner_rep_id
-- rollup: owner_rep_id
-- measures: orders, quantity, revenue, list_value, listed_revenue, margin, costed_revenue, returned_revenue,
--   returned_list_value, returned_listed_revenue, discounted_list_value, discounted_revenue
-- sort: month, catalog_id, product_id
select
    cast(d.month as date) as month,
    cast(d.is_within_elapsed as boolean) as is_within_elapsed,
    cast(l.product_id as varchar) as product_id,
    cast(l.catalog_id as varchar) as catalog_id,
    cast(l.segment as varchar) as segment,
    cast(l.owner_rep_id as varchar) as owner_rep_id,
    cast(count(distinct l.order_id) as bigint) as orders,
    cast(sum(l.quantity) as decimal(18, 3)) as quantity,
    cast(sum(l.revenue) as decimal(18, 2)) as revenue,
    cast(sum(l.list_value) as decimal(18, 2)) as list_value,
    cast(sum(l.listed_revenue) as decimal(18, 2)) as listed_revenue,
    cast(sum(l.margin) as decimal(18, 2)) as margin,
    cast(sum(l.costed_revenue) as decimal(18, 2)) as costed_revenue,
    cast(sum(l.revenue) filter (where l.quantity < 0) as decimal(18, 2)) as returned_revenue,
    cast(sum(l.list_value) filter (where l.quantity < 0) as decimal(18, 2)) as returned_list_value,
    cast(sum(l.listed_revenue) filter (where l.quantity < 0) as decimal(18, 2)) as returned_listed_revenue,
    cast(
        sum(l.list_value) filter (where l.quantity >= 0 and l.revenue < l.list_value) as decimal(18, 2)
    ) as discounted_list_value,
    cast(
        sum(l.revenue) filter (where l.quantity >= 0 and l.revenue < l.list_value) as decimal(18, 2)
    ) as discounted_revenue
from order_lines as l
inner join calendar as d on l.ordered_on = d.day
group by
    d.month,
    d.is_within_elapsed,
    l.product_id,
    l.catalog_id,
    l.segment,
    l.owner_rep_id
