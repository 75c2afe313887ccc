-- Peer win rates: how often people win what is decided, of the whole company, and how far people differ.
-- Of the decisions of the last 365 days whose day is known. The win rate is of all together. Weight says as how many
-- decided negotiations it counts beside a person's own: the beta-binomial distribution by the method of moments, from 1
-- to 1000, which is where people differ no further than chance. Nobody is named, and there is none below five people.
-- grain: one row
-- params: as_of date
-- scope: all
-- ecommerce: none
with people as (
    select
        rep_id,
        cast(count(*) as double) as decided,
        cast(sum(case when counts_as_won then 1 else 0 end) as double) as won
    from negotiations
    where
        counts_in_win_rate
        and rep_id is not null
        and closed_on > cast(cast($as_of as date) - interval 365 day as date)
        and closed_on <= cast($as_of as date)
    group by rep_id
),

totals as (
    select
        cast(count(*) as double) as people,
        sum(decided) as decided,
        sum(won) / nullif(sum(decided), 0) as win_rate
    from people
    having count(*) >= 5
),

spreads as (
    select
        t.win_rate,
        sum((p.won - p.decided * t.win_rate) * (p.won - p.decided * t.win_rate) / nullif(p.decided, 0))
        - t.win_rate * (1 - t.win_rate) * (t.people - 1) as beyond_chance,
        t.win_rate
        * (1 - t.win_rate)
        * (sum(p.decided * (1 - p.decided / nullif(t.decided, 0))) - (t.people - 1)) as at_most
    from people as p
    cross join totals as t
    group by t.win_rate, t.people, t.decided
)

select
    cast(win_rate as double) as win_rate,
    cast(
        case
            when beyond_chance <= 0 or at_most <= 0 then 1000
            else least(greatest((at_most - beyond_chance) / nullif(beyond_chance, 0), 1), 1000)
        end as double
    ) as weight
from spreads
