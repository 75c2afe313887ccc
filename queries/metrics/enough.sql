-- Enough for a rate: whether there are five cases, below which no rate is told.
-- grain: value
-- params: cases count
-- units: value flag
cases >= 5
