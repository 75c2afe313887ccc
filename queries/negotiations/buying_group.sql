-- Buying groups: how many people of the customer took part in a deal, and how such deals were decided.
-- Of requests of the last 12 months with at least one event; one person alone is a single thread that may break. Roles
-- are the different roles these people have. Win rate is of decided deals, five at least, with the interval that holds
-- nine in ten (Wilson).
-- grain: number of people, four and more together
-- needs: people
-- params: decided json, as_of date, date_to date, segment text, owner text
-- units: people_class label, deals count, open_deals count, open_value money, average_roles score, decided count,
--   win_rate ratio, win_rate_low ratio, win_rate_high ratio
-- reads: parts.negotiations.current_deals
with deals as (
    select
        case
            when people = 0 then 'people_unknown'
            when people < 4 then 'people_' || people
            else 'people_4'
        end as people_class,
        roles,
        amount,
        counts_as_open,
        counts_as_won,
        counts_as_lost
    from current_deals
    where
        requested_on > $date_to::date - interval 1 year
        and last_event_on is not null
        and ($segment is null or segment = $segment)
        and ($owner is null or rep_id = $owner)
),

counted as (
    select
        people_class,
        count(*) as deals,
        count(*) filter (where counts_as_open) as open_deals,
        coalesce(sum(amount) filter (where counts_as_open), 0) as open_value,
        avg(roles) as average_roles,
        count(*) filter (where counts_as_won) as won,
        count(*) filter (where counts_as_lost) as lost
    from deals
    group by people_class
)

select
    people_class,
    deals,
    open_deals,
    cast(open_value as decimal(18, 2)) as open_value,
    case when people_class <> 'people_unknown' then average_roles end as average_roles,
    won + lost as decided,
    case when enough(won + lost) then win_rate(won, lost) end as win_rate,
    wilson_low(won, won + lost) as win_rate_low,
    wilson_high(won, won + lost) as win_rate_high
from counted
order by case when people_class = 'people_unknown' then 1 else 0 end, people_class
