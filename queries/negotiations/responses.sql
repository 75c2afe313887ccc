-- First answer: how long requests wait for it, and how many deals were won after a wait of that length.
-- Days from the request to the first event by a rep, else to the day the first quote was sent. Requests are those of
-- the period, those without an answer so far included. Win rate is won over won and lost, of the deals closed in the
-- period; its interval holds nine of ten (Wilson), and ahead or behind is said only where it does not overlap with that
-- of all others together. An association, no proof: harder requests may wait longer. No rate on fewer than five.
-- grain: class of days until the first answer
-- needs: decisions
-- params: date_from date, date_to date, segment text, owner text
-- units: response label, requests count, share ratio, won count, lost count, win_rate ratio, win_rate_low ratio,
--   win_rate_high ratio, standing label
-- excludes: from win rate, decisions whose day is not known
with placed as (
    select
        case
            when response_days is null then 5
            when response_days <= 0 then 1
            when response_days <= 2 then 2
            when response_days <= 5 then 3
            else 4
        end as place,
        counts_as_won,
        counts_as_lost,
        requested_on between $date_from and $date_to as is_asked,
        coalesce(closed_on between $date_from and $date_to, false) as is_closed
    from negotiations
    where
        ($segment is null or segment = $segment)
        and ($owner is null or rep_id = $owner)
),

sums as (
    select
        place,
        count(*) filter (where is_asked) as requests,
        count(*) filter (where is_closed and counts_as_won) as won,
        count(*) filter (where is_closed and counts_as_lost) as lost
    from placed
    where is_asked or is_closed
    group by place
),

beside_others as (
    select
        *,
        sum(requests) over () as all_requests,
        sum(won) over () - won as others_won,
        sum(lost) over () - lost as others_lost
    from sums
)

select
    case place
        when 1 then 'same_day'
        when 2 then 'one_or_two_days'
        when 3 then 'three_to_five_days'
        when 4 then 'six_days_or_more'
        else 'no_answer'
    end as response,
    requests,
    rate(requests, all_requests) as share,
    won,
    lost,
    case when enough(won + lost) then win_rate(won, lost) end as win_rate,
    wilson_low(won, won + lost) as win_rate_low,
    wilson_high(won, won + lost) as win_rate_high,
    standing(won, won + lost, others_won, others_won + others_lost) as standing
from beside_others
order by place
