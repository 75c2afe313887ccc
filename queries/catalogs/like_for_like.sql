-- Like for like: what the same customers bought from a catalog in both periods, beside the same kind in other catalogs.
-- Customers of the group that bought from the catalog in both periods, so that won and lost ones change nothing.
-- Change: their revenue now to then, less one. Others: the same for the other catalogs' customers of the segment.
-- Difference: change less others' change. Intervals hold nine of ten (a ratio of sums over customers; at least five of
-- them). Ahead or behind is said only where the interval of the difference does not cover zero.
-- grain: catalog and segment
-- needs: catalog_orders
-- params: date_from date, date_to date, base_from date, base_to date, segment text
-- units: catalog_id id, catalog text, segment label, same_customers count, revenue money, revenue_base money, change
--   ratio, change_low ratio, change_high ratio, others count, others_change ratio, difference ratio, difference_low
--   ratio, difference_high ratio, standing label
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
        and ($segment is null or segment = $segment)
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
),

changes as (
    select
        *,
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
),

compared as (
    select
        *,
        nine_in_ten() * sqrt(variance) as spread,
        ratio - others_ratio as difference,
        nine_in_ten() * sqrt(variance + others_variance) as difference_spread
    from changes
)

select
    s.catalog_id,
    k.name as catalog,
    s.segment,
    cast(s.n as bigint) as same_customers,
    cast(s.now as decimal(18, 2)) as revenue,
    cast(s.before as decimal(18, 2)) as revenue_base,
    s.ratio - 1 as change,
    s.ratio - 1 - s.spread as change_low,
    s.ratio - 1 + s.spread as change_high,
    cast(s.others_n as bigint) as others,
    s.others_ratio - 1 as others_change,
    s.difference,
    s.difference - s.difference_spread as difference_low,
    s.difference + s.difference_spread as difference_high,
    case
        when s.difference_spread is null then 'too_few'
        when s.difference - s.difference_spread > 0 then 'ahead'
        when s.difference + s.difference_spread < 0 then 'behind'
        else 'cannot_tell'
    end as standing
from compared as s
inner join catalogs as k on s.catalog_id = k.catalog_id
order by revenue desc, s.catalog_id, s.segment
