-- One person: the last 365 days beside the 365 before and the median of comparable people.
-- Comparable are people of the same kind of work and half of book sizes, or where these are fewer than six, of the
-- kind, or everybody. Spread is how far half of them stay from their median. Rates, means and medians stand on five
-- decisions, won deals or answers at least. Everything is of the last 365 days, whatever the period chosen.
-- grain: one row; none for a person without accounts or figures
-- params: rep text
-- units: rep_id id, rep text, team text, kind label, accounts count, main_segment label, main_segment_share ratio,
--   known_since month, peer_group label, peers count, decided count, revenue money, revenue_base money,
--   revenue_peers money, revenue_spread money, margin_rate ratio, margin_rate_base ratio, margin_rate_peers ratio,
--   margin_rate_spread ratio, win_rate ratio, win_rate_base ratio, win_rate_peers ratio, win_rate_spread ratio,
--   average_won money, average_won_base money, average_won_peers money, average_won_spread money, response_days days,
--   response_days_base days, response_days_peers days, response_days_spread days, discount_depth ratio,
--   discount_depth_base ratio, discount_depth_peers ratio, discount_depth_spread ratio
with years as (
    select *, row_number() over (partition by rep_id order by starts_on desc) as newest_first
    from rep_figures
    where granularity = 'year' and rep_id = $rep
)

select
    r.rep_id,
    r.name as rep,
    r.team,
    r.kind,
    b.accounts,
    b.main_segment,
    b.main_segment_share,
    b.known_since,
    g.peer_group,
    g.people - 1 as peers,
    n.decided,
    n.revenue,
    y.revenue as revenue_base,
    p.revenue as revenue_peers,
    cast(p.revenue_spread as decimal(18, 2)) as revenue_spread,
    n.margin_rate,
    y.margin_rate as margin_rate_base,
    p.margin_rate as margin_rate_peers,
    p.margin_rate_spread,
    n.win_rate,
    y.win_rate as win_rate_base,
    p.win_rate as win_rate_peers,
    p.win_rate_spread,
    n.average_won,
    y.average_won as average_won_base,
    p.average_won as average_won_peers,
    cast(p.average_won_spread as decimal(18, 2)) as average_won_spread,
    n.response_days,
    y.response_days as response_days_base,
    p.response_days as response_days_peers,
    p.response_days_spread,
    n.discount_depth,
    y.discount_depth as discount_depth_base,
    p.discount_depth as discount_depth_peers,
    p.discount_depth_spread
from years as n
inner join years as y on n.rep_id = y.rep_id and y.newest_first = 2
inner join sales_reps as r on n.rep_id = r.rep_id
inner join rep_books as b on n.rep_id = b.rep_id
left join rep_peers as g on n.rep_id = g.rep_id and g.is_compared
left join peer_figures as p
    on g.peer_group = p.peer_group and n.granularity = p.granularity and n.starts_on = p.starts_on
where n.newest_first = 1
