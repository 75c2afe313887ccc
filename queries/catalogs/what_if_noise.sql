-- What-if noise: how far what is sold in three months lies from what is expected.
-- Of one product P10, P50 and P90 of the log of units sold over those expected are a base and what few lines add to it,
-- over the root of the lines expected. Parts are those of this spread, as variances, that all products and those of a
-- category have in common. Told by the last year of the whole company.
-- grain: one row
-- units: p10 score, p10_of_few_lines score, p50 score, p50_of_few_lines score, p90 score, p90_of_few_lines score,
--   of_company ratio, of_category ratio
select
    p10,
    p10_of_few_lines,
    p50,
    p50_of_few_lines,
    p90,
    p90_of_few_lines,
    of_company,
    of_category
from what_if_noise
