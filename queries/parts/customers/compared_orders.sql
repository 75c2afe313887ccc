-- Compared orders: those of the period and of the one it is compared with.
-- grain: order
-- params: date_from date, date_to date, base_from date, base_to date, segment text, owner text
select
    *,
    ordered_on >= $date_from as is_now
from orders
where
    (ordered_on between $date_from and $date_to or ordered_on between $base_from and $base_to)
    and ($segment is null or segment = $segment)
    and ($owner is null or owner_rep_id = $owner)
