-- Sized deals: negotiations decided in the period whose discount and amount are known, by segment and third by amount.
-- Thirds are of the negotiations of the segment. Deals of one segment and one third are of one kind, so that what goes
-- with their discount is not what goes with their size.
-- grain: negotiation
-- params: date_from date, date_to date, segment text, owner text
-- reads: parts.negotiations.decided_deals
with decided as (
    select
        segment,
        cast(amount as double) as amount,
        case when counts_as_won then 1.0::double else 0.0::double end as is_won,
        discount_depth,
        depth,
        quantile_cont(cast(amount as double), [1.0::double / 3, 2.0::double / 3]) over (partition by segment) as thirds
    from decided_deals
    where counts_in_win_rate and discount_depth is not null and amount is not null
)

select
    segment,
    amount,
    is_won,
    discount_depth,
    depth,
    case when amount <= thirds[1] + 0.001 then 1 when amount <= thirds[2] + 0.001 then 2 else 3 end as size
from decided
