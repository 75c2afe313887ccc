-- Loaded tables: rows in, loaded and quarantined, over all imports so far.
-- grain: input table
-- units: input_table id, rows_in count, loaded count, quarantined count
select "table" as input_table, rows_in, loaded, quarantined
from load_totals
