-- Compared months: what each product brought by month, of the period and of the one it is compared with.
-- Of the last month of the comparison only what is within the working days elapsed in a month that is still open; all
-- of it where the comparison runs to its end.
-- grain: month, product, catalog and segment
-- params: date_month_from date, date_month_to date, base_month_from date, base_month_to date, base_to date, segment
--   text, catalog text
select
    *,
    month >= $date_month_from as is_now
from product_months
where
    (
        month between $date_month_from and $date_month_to
        or (
            month between $base_month_from and $base_month_to
            and (month < $base_month_to or is_within_elapsed or $base_to::date = last_day($base_to::date))
        )
    )
    and ($segment is null or segment = $segment)
    and ($catalog is null or catalog_id = $catalog)
