-- Same customers: what they bought from a catalog in both periods, beside the same kind in other catalogs.
-- Customers of the group that bought from the catalog in both periods. Ratio: their revenue now to then; others: of the
-- other catalogs' customers of the segment. A variance is that of a ratio of sums over customers, of at least five.
-- grain: catalog and segment
-- params: date_from date, date_to date, base_from date, base_to date
-- excludes: orders from no catalog, customers of no segment
with customer_sums as (
    select
        catalog_id,
        segment,
        customer_id,
        cast(sum(revenue) filter (where ordered_on >= $date_from) as double) as now,
        cast(sum(revenue) filter (where ordered_on <= $base_to) as double) as before
    from orders
    where
        catalog_id is not null
        and customer_id is not null
        and segment is not null
        and (ordered_on between $date_from and $date_to or ordered_on between $base_from and $base_to)
    group by catalog_id, segment, customer_id
    having
        sum(revenue) filter (where ordered_on >= $date_from) > 0
        and sum(revenue) filter (where ordered_on <= $base_to) > 0
),

own_sums as (
    select
        catalog_id,
        segment,
        cast(count(*) as double) as n,
        sum(now) as now,
        sum(before) as before,
        sum(now * now) as now_now,
        sum(now * before) as now_before,
        sum(before * before) as before_before
    from customer_sums
    group by catalog_id, segment
),

sums as (
    select
        *,
        sum(n) over by_segment - n as others_n,
        sum(now) over by_segment - now as others_now,
        sum(before) over by_segment - before as others_before,
        sum(now_now) over by_segment - now_now as others_now_now,
        sum(now_before) over by_segment - now_before as others_now_before,
        sum(before_before) over by_segment - before_before as others_before_before
    from own_sums
    window by_segment as (partition by segment)
)

select
    catalog_id,
    segment,
    n,
    now,
    before,
    others_n,
    now / before as ratio,
    case
        when n >= 5
            then greatest(
                now_now - 2 * now / before * now_before + (now / before) * (now / before) * before_before, 0
            ) * n / (n - 1) / (before * before)
    end as variance,
    case when others_n > 0 then others_now / others_before end as others_ratio,
    case
        when others_n >= 5
            then greatest(
                others_now_now
                - 2 * others_now / others_before * others_now_before
                + (others_now / others_before) * (others_now / others_before) * others_before_before,
                0
            ) * others_n / (others_n - 1) / (others_before * others_before)
    end as others_variance
from sums
