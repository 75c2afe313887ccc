-- Price realisation: net over list value, of what has a list price.
-- grain: value
-- params: listed_revenue money, list_value money
-- units: value ratio
cast(listed_revenue as double) / nullif(cast(list_value as double), 0)
