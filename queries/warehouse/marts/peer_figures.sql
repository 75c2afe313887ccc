-- Peer figures: the medians of comparable people, and how far half of them stay from it, in the spans of rep figures.
-- Each stands on at least six people, one's own figure among them, so that there are five others; nobody is named.
-- Spread is the median of the distances from the median.
-- grain: group, granularity and first day
-- scope: all
-- ecommerce: none
-- sort: peer_group, granularity, starts_on
with figures as (
    select
        p.peer_group,
        f.granularity,
        f.starts_on,
        cast(f.revenue * 100 as double) as revenue,
        f.margin_rate,
        f.win_rate,
        cast(f.average_won * 100 as double) as average_won,
        f.response_days,
        f.discount_depth
    from rep_figures as f
    inner join rep_peers as p on f.rep_id = p.rep_id
),

-- Money is counted in cents: halves of whole numbers are rounded alike by every engine, those of fractions are not.
middles as (
    select
        peer_group,
        granularity,
        starts_on,
        case when count(revenue) >= 6 then median(revenue) end as revenue,
        case when count(margin_rate) >= 6 then median(margin_rate) end as margin_rate,
        case when count(win_rate) >= 6 then median(win_rate) end as win_rate,
        case when count(average_won) >= 6 then median(average_won) end as average_won,
        case when count(response_days) >= 6 then median(response_days) end as response_days,
        case when count(discount_depth) >= 6 then median(discount_depth) end as discount_depth
    from figures
    group by peer_group, granularity, starts_on
)

select
    cast(m.peer_group as varchar) as peer_group,
    cast(m.granularity as varchar) as granularity,
    cast(m.starts_on as date) as starts_on,
    cast(cast(round(min(m.revenue), 0) as decimal(20, 0)) * 0.01 as decimal(18, 2)) as revenue,
    cast(min(m.margin_rate) as double) as margin_rate,
    cast(min(m.win_rate) as double) as win_rate,
    cast(cast(round(min(m.average_won), 0) as decimal(20, 0)) * 0.01 as decimal(18, 2)) as average_won,
    cast(min(m.response_days) as double) as response_days,
    cast(min(m.discount_depth) as double) as discount_depth,
    cast(median(abs(f.revenue - m.revenue)) / 100 as double) as revenue_spread,
    cast(median(abs(f.margin_rate - m.margin_rate)) as double) as margin_rate_spread,
    cast(median(abs(f.win_rate - m.win_rate)) as double) as win_rate_spread,
    cast(median(abs(f.average_won - m.average_won)) / 100 as double) as average_won_spread,
    cast(median(abs(f.response_days - m.response_days)) as double) as response_days_spread,
    cast(median(abs(f.discount_depth - m.discount_depth)) as double) as discount_depth_spread
from middles as m
inner join figures as f
    on m.peer_group = f.peer_group and m.granularity = f.granularity and m.starts_on = f.starts_on
group by m.peer_group, m.granularity, m.starts_on
