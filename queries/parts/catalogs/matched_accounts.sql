-- Matched accounts: what the accounts of a catalog bring, and would had they developed as those of their kind
-- elsewhere.
-- The same kind is the same segment and the same size, in steps of double the average revenue of both periods. Matched
-- are the steps with two accounts or more on both sides; the variance is of the difference of the sums, and known where
-- five accounts stand on either side.
-- grain: catalog and segment
-- params: date_from date, date_to date, base_from date, base_to date
-- excludes: accounts offered no catalog, of no segment or without revenue in either period
with accounts as (
    select
        c.catalog_id,
        c.segment,
        cast(coalesce(sum(o.revenue) filter (where o.ordered_on >= $date_from), 0) as double) as now,
        cast(coalesce(sum(o.revenue) filter (where o.ordered_on <= $base_to), 0) as double) as before
    from orders as o
    inner join customers as c on o.customer_id = c.customer_id
    where
        c.catalog_id is not null
        and c.segment is not null
        and $base_to is not null
        and (o.ordered_on between $date_from and $date_to or o.ordered_on between $base_from and $base_to)
    group by c.customer_id, c.catalog_id, c.segment
    having sum(o.revenue) > 0
),

cells as (
    select
        catalog_id,
        segment,
        floor(ln((now + before) / 2) / ln(2)) as size,
        cast(count(*) as double) as n,
        sum(now) as now,
        sum(before) as before,
        sum(now * now) as now_now,
        sum(now * before) as now_before,
        sum(before * before) as before_before
    from accounts
    group by catalog_id, segment, floor(ln((now + before) / 2) / ln(2))
),

beside as (
    select
        *,
        sum(n) over by_kind - n as others_n,
        (sum(now) over by_kind - now) / nullif(sum(before) over by_kind - before, 0) as others_ratio,
        sum(before) over by_kind - before as others_before,
        sum(now_now) over by_kind - now_now as others_now_now,
        sum(now_before) over by_kind - now_before as others_now_before,
        sum(before_before) over by_kind - before_before as others_before_before
    from cells
    window by_kind as (partition by segment, size)
),

steps as (
    select
        catalog_id,
        segment,
        n,
        others_n,
        n >= 2 and others_n >= 2 and before > 0 and others_before > 0 as is_matched,
        now,
        before * others_ratio as expected,
        greatest(
            now_now - 2 * now / nullif(before, 0) * now_before
            + (now / nullif(before, 0)) * (now / nullif(before, 0)) * before_before,
            0
        ) * n / nullif(n - 1, 0) as variance,
        greatest(
            others_now_now - 2 * others_ratio * others_now_before + others_ratio * others_ratio * others_before_before,
            0
        )
        * others_n
        / nullif(others_n - 1, 0)
        * before
        * before
        / nullif(others_before * others_before, 0) as others_variance
    from beside
)

select
    catalog_id,
    segment,
    sum(n) as n,
    sum(n) filter (where is_matched) as matched_n,
    sum(others_n) filter (where is_matched) as others_n,
    sum(now) filter (where is_matched) as now,
    sum(expected) filter (where is_matched) as expected,
    case
        when sum(n) filter (where is_matched) >= 5 and sum(others_n) filter (where is_matched) >= 5
            then sum(variance + others_variance) filter (where is_matched)
    end as variance
from steps
group by catalog_id, segment
