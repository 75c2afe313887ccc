-- Average won: what was won for, over how many of which that is known.
-- grain: value
-- params: won_value money, won count
-- units: value money
cast(cast(won_value as double) / nullif(won, 0) as decimal(18, 2))
