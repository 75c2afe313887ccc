-- Margin rate: margin over revenue, of what has a cost.
-- grain: value
-- params: margin money, costed_revenue money
-- units: value ratio
cast(margin as double) / nullif(cast(costed_revenue as double), 0)
