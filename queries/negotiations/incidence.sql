-- Time to decision: the share of requests won, lost and still open, by days since the request.
-- Cumulative incidence (Aalen-Johansen) of requests of the last 12 or 24 months: won and lost compete, and a deal that
-- is still open counts for as long as it could be watched, so that recent requests do not make closing look slow. The
-- three shares add up to one. Told as far as at least five deals could be watched.
-- grain: day on which something was decided
-- needs: decisions
-- params: months integer, date_to date, segment text, owner text
-- units: days days, won_share ratio, lost_share ratio, open_share ratio, watched count
-- excludes: decisions whose day is not known
-- reads: parts.negotiations.lifetimes
with recent as (
    select
        null as member,
        days,
        is_closed as is_ended,
        counts_as_won
    from lifetimes
    where requested_on > cast($date_to as date) - to_months(cast($months as integer))
),

won_by_day as (
    select days, count(*) filter (where counts_as_won) as won
    from recent
    group by days
),

curve as (
    select
        s.days,
        s.ended,
        w.won,
        s.at_risk,
        s.surviving,
        lag(s.surviving, 1, 1) over (order by s.days) as surviving_before
    from survival(recent) as s
    inner join won_by_day as w on s.days = w.days
),

shares as (
    select
        days,
        ended as decided,
        sum(surviving_before * won / at_risk) over (order by days) as won_share,
        sum(surviving_before * (ended - won) / at_risk) over (order by days) as lost_share,
        surviving as open_share,
        cast(at_risk as bigint) as watched
    from curve
)

select
    days,
    won_share,
    lost_share,
    open_share,
    watched
from shares
where decided > 0 and enough(watched)
order by days
