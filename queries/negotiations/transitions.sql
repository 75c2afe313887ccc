-- Moves: where negotiations go next, from one buying job (or stage) to another, of requests of the last 12 months.
-- Share is of all moves that leave a place; days are those spent there before. A move to a place already visited is
-- a step back: buying loops, so moves are counted, not forced into one order.
-- grain: pair of places
-- needs: steps
-- params: date_to date, segment text, owner text, places text
-- units: from_place label, to_place label, moves count, share ratio, median_days days, steps_back count
-- reads: parts.negotiations.recent_visits
with moves as (
    select
        place as from_place,
        next_place as to_place,
        count(*) as moves,
        median(days) as median_days,
        count(*) filter (where is_step_back) as steps_back
    from recent_visits
    where next_place is not null
    group by place, next_place
)

select
    from_place,
    to_place,
    moves,
    moves / sum(moves) over (partition by from_place) as share,
    median_days,
    steps_back
from moves
order by from_place, to_place
