-- Forecast record: how forecasts of revenue came out once their month or week was over.
-- Accuracy is one less the sum of the misses over the sum of revenue (WAPE); bias above zero told too much; coverage is
-- how many came between P10 and P90, which should be eight in ten. Frozen were told by earlier builds; until enough of
-- them are over, the past is replayed with what was known then.
-- grain: level and horizon
-- params: granularity text
-- units: level label, horizon count, forecasts count, accuracy ratio, bias ratio, coverage ratio, source label
select
    level,
    horizon,
    forecasts,
    accuracy,
    bias,
    coverage,
    source
from forecast_records
where granularity = $granularity
order by case level when 'company' then 1 when 'team' then 2 else 3 end, horizon
