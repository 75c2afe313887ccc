-- Decided deals: negotiations won or lost in the period, with the class of their discount against list.
-- Depth is the discount against list value of the newest version's lines, in classes; without list prices there is
-- none. A decision without a reason says so.
-- grain: negotiation
-- params: date_from date, date_to date, segment text, owner text
select
    negotiation_id,
    customer_id,
    customer_name,
    segment,
    amount,
    closed_on,
    days_to_close,
    outcome,
    counts_as_won,
    counts_in_win_rate,
    coalesce(outcome_reason, 'no_reason') as outcome_reason,
    discount_depth,
    case
        when round(discount_depth, 6) < 0.05 then 'under_5'
        when round(discount_depth, 6) < 0.1 then 'from_5'
        when round(discount_depth, 6) < 0.15 then 'from_10'
        when round(discount_depth, 6) < 0.2 then 'from_15'
        when round(discount_depth, 6) < 0.3 then 'from_20'
        when round(discount_depth, 6) >= 0.3 then 'from_30'
    end as depth
from negotiations
where
    closed_on between $date_from and $date_to
    and ($segment is null or segment = $segment)
    and ($owner is null or rep_id = $owner)
