-- What-if noise: how far units sold in three months lie from those expected, as the last year told it. Of one product
-- P10, P50 and P90 of the log of units sold over those expected are a base and what few lines add to it, over the root
-- of the lines expected. Of company and of category are the parts of that spread, as variances, that all products and
-- those of a category have in common. Of the whole company.
-- grain: one row, none where the past is too short
-- scope: all
select
    cast(p10 as double) as p10,
    cast(p10_of_few_lines as double) as p10_of_few_lines,
    cast(p50 as double) as p50,
    cast(p50_of_few_lines as double) as p50_of_few_lines,
    cast(p90 as double) as p90,
    cast(p90_of_few_lines as double) as p90_of_few_lines,
    cast(of_company as double) as of_company,
    cast(of_category as double) as of_category
from analysis_what_if_noise
