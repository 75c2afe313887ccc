-- Price response of winning: how the odds of winning go with the discount, of negotiations closed in the period.
-- Odds ratio for ten points more discount among those of the same segment and the same third by amount: the score of
-- Mantel's extension of the Mantel-Haenszel procedure (1963) over its variance, which is one step towards the slope
-- of a conditional logistic regression. Depth counts from 0 to 60 in a hundred, so that a wrong list price decides
-- nothing. The interval holds nine of ten. An association: who gets a discount is no accident, so that it is not what a
-- discount brings.
-- grain: one row
-- needs: quote_list_prices
-- params: date_from date, date_to date, segment text, owner text
-- units: decided count, won count, kinds count, odds_ratio factor, odds_ratio_low factor, odds_ratio_high factor,
--   standing label
-- excludes: negotiations without list prices, decisions whose day is not known, kinds of which all were won or all lost
-- reads: parts.negotiations.sized_deals
with tens as (
    select
        segment,
        size,
        is_won,
        10 * greatest(least(discount_depth, 0.6), 0) as tens
    from sized_deals
),

kinds as (
    select
        cast(count(*) as double) as n,
        sum(is_won) as won,
        avg(tens) as mean,
        sum(is_won * tens) as won_tens,
        coalesce(var_samp(tens), 0) as variance
    from tens
    group by segment, size
    having sum(is_won) between 1 and count(*) - 1
),

response as (
    select
        coalesce(sum(n), 0) as n,
        coalesce(sum(won), 0) as won,
        count(*) as kinds,
        sum(won_tens - won * mean) as score,
        sum(won * (n - won) / n * variance) as information
    from kinds
),

slopes as (
    select
        *,
        case when n >= 40 and information > 1e-9 then score / information end as slope,
        nine_in_ten() / sqrt(nullif(information, 0)) as spread
    from response
)

select
    cast(n as bigint) as decided,
    cast(won as bigint) as won,
    kinds,
    exp(slope) as odds_ratio,
    exp(slope - spread) as odds_ratio_low,
    exp(slope + spread) as odds_ratio_high,
    case
        when slope is null then 'too_few'
        when slope - spread > 0 then 'more_often'
        when slope + spread < 0 then 'less_often'
        else 'cannot_tell'
    end as standing
from slopes
