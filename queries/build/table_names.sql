-- Table names: what a file holds.
-- grain: table
select table_name
from information_schema.tables
order by table_name
