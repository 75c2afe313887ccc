-- One person by quarter: own figures beside those of the same quarter a year before and the median of comparable
-- people. Of the last eight whole quarters. Rates, means and medians stand on five decisions, won deals or answers at
-- least; the medians of peers on five others.
-- grain: quarter
-- params: rep text
-- units: quarter text, starts_on date, decided count, revenue money, revenue_base money, revenue_peers money,
--   margin_rate ratio, margin_rate_base ratio, margin_rate_peers ratio, win_rate ratio, win_rate_base ratio,
--   win_rate_peers ratio, average_won money, average_won_base money, average_won_peers money, response_days days,
--   response_days_base days, response_days_peers days, discount_depth ratio, discount_depth_base ratio,
--   discount_depth_peers ratio
with quarters as (
    select *
    from rep_figures
    where granularity = 'quarter' and rep_id = $rep
)

select
    year(n.starts_on) || ' Q' || quarter(n.starts_on) as quarter,
    n.starts_on,
    n.decided,
    n.revenue,
    y.revenue as revenue_base,
    p.revenue as revenue_peers,
    n.margin_rate,
    y.margin_rate as margin_rate_base,
    p.margin_rate as margin_rate_peers,
    n.win_rate,
    y.win_rate as win_rate_base,
    p.win_rate as win_rate_peers,
    n.average_won,
    y.average_won as average_won_base,
    p.average_won as average_won_peers,
    n.response_days,
    y.response_days as response_days_base,
    p.response_days as response_days_peers,
    n.discount_depth,
    y.discount_depth as discount_depth_base,
    p.discount_depth as discount_depth_peers
from quarters as n
left join quarters as y on cast(n.starts_on - interval 1 year as date) = y.starts_on
left join rep_peers as g on n.rep_id = g.rep_id and g.is_compared
left join peer_figures as p
    on g.peer_group = p.peer_group and n.granularity = p.granularity and n.starts_on = p.starts_on
qualify row_number() over (order by n.starts_on desc) <= 8
order by n.starts_on
