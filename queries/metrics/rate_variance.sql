-- Variance of a rate: how far chance alone moves it, with one hit and one miss added, so that it is not zero where all
-- or none are hits.
-- grain: value
-- params: hits count, cases count
-- units: value score
(hits + 1) * (cases - hits + 1) / power(cases + 2, 3)
