-- Catalogs to choose from: all catalogs by name.
-- grain: catalog
-- units: value id, label text
select catalog_id as value, name as label
from catalogs
order by name, catalog_id
