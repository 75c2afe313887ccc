-- Time to decision: the share of requests won, lost and still open, by days since the request.
-- Cumulative incidence (Aalen-Johansen) of requests of the last 12 or 24 months: won and lost compete, and a deal that is
-- still open counts for as long as it could be watched, so that recent requests do not make closing look slow. The
-- three shares add up to one. Told as far as at least five deals could be watched.
-- grain: day on which something was decided
-- params: months integer, date_to date, segment text, owner text
-- units: days days, won_share ratio, lost_share ratio, open_share ratio, watched count
-- excludes: decisions whose day is not known
-- reads: parts.negotiations.lifetimes
with risk_sets as (
    select
        days,
        count(*) filter (where outcome = 'won') as won,
        count(*) filter (where outcome = 'lost') as lost,
        sum(count(*)) over (order by days desc) as watched
    from lifetimes
    where requested_on > cast($date_to as date) - to_months(cast($months as integer))
    group by days
),

survival as (
    select
        *,
        product(1 - (won + lost) / watched) over (order by days) as open_share,
        product(1 - (won + lost) / watched) over (
            order by days rows between unbounded preceding and 1 preceding
        ) as open_before
    from risk_sets
),

shares as (
    select
        days,
        won + lost as decided,
        sum(coalesce(open_before, 1) * won / watched) over (order by days) as won_share,
        sum(coalesce(open_before, 1) * lost / watched) over (order by days) as lost_share,
        open_share,
        cast(watched as bigint) as watched
    from survival
)

select
    days,
    won_share,
    lost_share,
    open_share,
    watched
from shares
where decided > 0 and watched >= 5
order by days
