-- Loops before losing: each move back to a buying job (or stage) already visited, and how deals that made it were
-- decided. Of requests of the last 12 months. The loss rate of decided deals that made the move is set against that of
-- those that did not, with the interval of the difference that holds nine in ten; it says something where the interval
-- leaves out zero and twenty of each were decided. What goes together need not be cause and effect.
-- grain: pair of places
-- needs: steps
-- params: date_to date, segment text, owner text, places text
-- units: from_place label, to_place label, deals count, decided count, loss_rate ratio, loss_rate_others ratio,
--   difference ratio, difference_low ratio, difference_high ratio, standing label
-- reads: parts.negotiations.recent_visits
with deals as (
    select
        negotiation_id,
        any_value(counts_as_won) as counts_as_won,
        any_value(counts_as_lost) as counts_as_lost
    from recent_visits
    group by negotiation_id
),

loops as (
    select distinct place as from_place, next_place as to_place, negotiation_id, counts_as_won, counts_as_lost
    from recent_visits
    where is_step_back
),

everybody as (
    select
        count(*) filter (where counts_as_won) as won,
        count(*) filter (where counts_as_lost) as lost
    from deals
),

counted as (
    select
        l.from_place,
        l.to_place,
        count(*) as deals,
        count(*) filter (where l.counts_as_won) as won,
        count(*) filter (where l.counts_as_lost) as lost,
        any_value(e.won) - count(*) filter (where l.counts_as_won) as won_others,
        any_value(e.lost) - count(*) filter (where l.counts_as_lost) as lost_others
    from loops as l
    cross join everybody as e
    group by l.from_place, l.to_place
),

rates as (
    select
        *,
        won + lost as decided,
        won_others + lost_others as decided_others,
        1 - win_rate(won, lost) as loss_rate,
        1 - win_rate(won_others, lost_others) as loss_rate_others
    from counted
),

compared as (
    select
        *,
        loss_rate - loss_rate_others as difference,
        nine_in_ten() * sqrt(
            loss_rate * (1 - loss_rate) / nullif(decided, 0)
            + loss_rate_others * (1 - loss_rate_others) / nullif(decided_others, 0)
        ) as spread
    from rates
)

select
    from_place,
    to_place,
    deals,
    decided,
    loss_rate,
    loss_rate_others,
    difference,
    difference - spread as difference_low,
    difference + spread as difference_high,
    case
        when decided < 20 or decided_others < 20 then 'too_few'
        when difference - spread > 0 then 'lost_more'
        when difference + spread < 0 then 'won_more'
        else 'no_difference'
    end as standing
from compared
order by
    case when decided < 20 or decided_others < 20 then 1 else 0 end,
    difference - spread desc nulls last,
    from_place,
    to_place
