-- List records: how much of the money then lost the list of silent accounts would have held on past days.
-- Of the whole company, since a book of its own would be too few.
-- grain: one row, or none without a past
-- scope: all
select
    cast(days as bigint) as days,
    cast(list_rows as double) as list_rows,
    cast(accounts as double) as accounts,
    cast(held as double) as held,
    cast(held_by_revenue as double) as held_by_revenue,
    cast(held_by_rule as double) as held_by_rule,
    cast(held_by_chance as double) as held_by_chance
from analysis_list_records
