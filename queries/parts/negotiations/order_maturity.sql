-- Days to order: within how many days of their request nine of ten orders came.
-- Of quotes that were issued; 30 where nothing was ordered. Conversion counts requests that are at least that old.
-- grain: one row
-- params: segment text, owner text
select
    cast(coalesce(ceil(quantile_cont(date_diff('day', requested_on, ordered_on), 0.9) - 1e-9), 30) as integer) as days
from negotiations
where
    issued_on is not null
    and ordered_on >= requested_on
    and ($segment is null or segment = $segment)
    and ($owner is null or rep_id = $owner)
