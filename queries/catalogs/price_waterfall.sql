-- Price waterfall: from the list value of what was sold to what it brought, returns taken off.
-- Of lines sold, list value less discounts plus surcharges plus what was sold without a list price is invoiced;
-- invoiced less returned is revenue. Discount depth is discounts over the list value of the lines sold below list, the
-- discounted share is that list value over all list value sold. Leaked is what lines sold below their catalog's
-- approved price lack of it.
-- grain: one row
-- needs: list_price
-- params: date_month_from date, date_month_to date, base_month_from date, base_month_to date, base_to date, segment
--   text, category text, catalog text
-- units: list_value money, discounts money, surcharges money, unlisted money, invoiced money, returned money,
--   revenue money, discounts_base money, discount_depth ratio, discount_depth_base ratio, discounted_share ratio,
--   discounted_share_base ratio, leaked money
-- reads: parts.catalogs.compared_months
with by_product as (
    select
        product_id,
        is_now,
        coalesce(sum(revenue), 0) as revenue,
        coalesce(sum(revenue), 0) - coalesce(sum(returned_revenue), 0) as invoiced,
        coalesce(sum(list_value), 0) - coalesce(sum(returned_list_value), 0) as list_value,
        coalesce(sum(listed_revenue), 0) - coalesce(sum(returned_listed_revenue), 0) as listed,
        coalesce(sum(discounted_list_value), 0) as discounted_list_value,
        coalesce(sum(discounted_list_value), 0) - coalesce(sum(discounted_revenue), 0) as discounts
    from compared_months
    group by product_id, is_now
),

sums as (
    select
        coalesce(sum(s.revenue) filter (where s.is_now), 0) as revenue,
        coalesce(sum(s.invoiced) filter (where s.is_now), 0) as invoiced,
        coalesce(sum(s.list_value) filter (where s.is_now), 0) as list_value,
        coalesce(sum(s.list_value) filter (where not s.is_now), 0) as list_value_base,
        coalesce(sum(s.listed) filter (where s.is_now), 0) as listed,
        coalesce(sum(s.discounted_list_value) filter (where s.is_now), 0) as discounted_list_value,
        coalesce(sum(s.discounted_list_value) filter (where not s.is_now), 0) as discounted_list_value_base,
        coalesce(sum(s.discounts) filter (where s.is_now), 0) as discounts,
        coalesce(sum(s.discounts) filter (where not s.is_now), 0) as discounts_base
    from by_product as s
    inner join products as p on s.product_id = p.product_id
    where $category is null or p.category = $category
),

leaks as (
    select coalesce(sum(l.approved_value - l.revenue), 0) as leaked
    from leaking_lines as l
    inner join products as p on l.product_id = p.product_id
    where
        l.month between $date_month_from and $date_month_to
        and ($segment is null or l.segment = $segment)
        and ($catalog is null or l.catalog_id = $catalog)
        and ($category is null or p.category = $category)
)

select
    cast(s.list_value as decimal(18, 2)) as list_value,
    cast(s.discounts as decimal(18, 2)) as discounts,
    cast(s.listed - s.list_value + s.discounts as decimal(18, 2)) as surcharges,
    cast(s.invoiced - s.listed as decimal(18, 2)) as unlisted,
    cast(s.invoiced as decimal(18, 2)) as invoiced,
    cast(s.invoiced - s.revenue as decimal(18, 2)) as returned,
    cast(s.revenue as decimal(18, 2)) as revenue,
    cast(if_compared($base_month_to, s.discounts_base) as decimal(18, 2)) as discounts_base,
    discount_depth(s.discounts, s.discounted_list_value) as discount_depth,
    discount_depth(s.discounts_base, s.discounted_list_value_base) as discount_depth_base,
    cast(s.discounted_list_value as double) / nullif(cast(s.list_value as double), 0) as discounted_share,
    cast(s.discounted_list_value_base as double) / nullif(cast(s.list_value_base as double), 0)
        as discounted_share_base,
    cast(l.leaked as decimal(18, 2)) as leaked
from sums as s
cross join leaks as l
