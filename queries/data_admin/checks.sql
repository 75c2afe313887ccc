-- Checks: what was looked for before publishing, and how many rows were found.
-- grain: check
-- units: title label, level label, found count, check_file id
select
    title,
    level,
    "rows" as found,
    'queries/' || replace("check", '.', '/') || '.sql' as check_file
from check_results
order by found desc, title
