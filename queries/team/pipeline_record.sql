-- Pipeline record: how forecasts of what open deals would be won for came out, once their days were over.
-- Told by earlier builds, so that nothing was known of what came. Accuracy is one less the sum of the misses over the
-- sum won (WAPE); bias above zero told too much; coverage is how many came within the interval, which should be eight
-- in ten.
-- grain: level and days ahead
-- needs: quote_amounts
-- units: level label, days count, forecasts count, accuracy ratio, bias ratio, coverage ratio
select
    level,
    days,
    forecasts,
    accuracy,
    bias,
    coverage
from pipeline_records
order by level, days
