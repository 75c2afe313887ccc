-- Buying groups: how many people of the customer took part in a deal, and how such deals were decided.
-- Of requests of the last 12 months with at least one event; one person alone is a single thread that may break. Roles
-- are the different roles these people have. Win rate is of decided deals, five at least, with the interval that holds
-- nine in ten (Wilson).
-- grain: number of people, four and more together
-- params: date_to date, segment text, owner text
-- units: people_class label, deals count, open_deals count, open_value money, average_roles score, decided count,
--   win_rate ratio, win_rate_low ratio, win_rate_high ratio
with deals as (
    select
        case
            when people = 0 then 'people_unknown'
            when people < 4 then 'people_' || people
            else 'people_4'
        end as people_class,
        roles,
        amount,
        outcome
    from negotiations
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
        count(*) filter (where outcome is null) as open_deals,
        coalesce(sum(amount) filter (where outcome is null), 0) as open_value,
        avg(roles) as average_roles,
        count(outcome) as decided,
        count(*) filter (where outcome = 'won') as won
    from deals
    group by people_class
),

rates as (
    select
        *,
        case when decided >= 5 then won / decided end as win_rate,
        decided + 2.706025 as weight
    from counted
)

select
    people_class,
    deals,
    open_deals,
    cast(open_value as decimal(18, 2)) as open_value,
    case when people_class <> 'people_unknown' then average_roles end as average_roles,
    decided,
    win_rate,
    (won + 1.3530125 - 1.645 * sqrt(won * (1 - win_rate) + 0.67650625)) / weight as win_rate_low,
    (won + 1.3530125 + 1.645 * sqrt(won * (1 - win_rate) + 0.67650625)) / weight as win_rate_high
from rates
order by case when people_class = 'people_unknown' then 1 else 0 end, people_class
