-- Days to order: within how many days of their request nine of ten orders came.
-- Of quotes that were issued; 30 where nothing was ordered. Conversion counts requests that are at least that old.
-- grain: one row
-- params: segment text, owner text
select
    maturity_days(date_diff('day', requested_on, ordered_on)) as days
from negotiations
where
    is_quoted
    and ordered_on >= requested_on
    and ($segment is null or segment = $segment)
    and ($owner is null or rep_id = $owner)
