-- Discount and winning: how many negotiations closed in the period were won, by depth of the discount against list.
-- Adjusted is the win rate of the class had it the mix of all of them: each segment's negotiations, in thirds by
-- amount, weigh as they do among all (direct standardisation); covered is the weight of the kinds that occur in the
-- class. Intervals hold nine of ten: Wilson for the win rate; normal for the adjusted one, which takes 20 decided and
-- half of the weight. Ahead or behind is said only where the adjusted interval leaves out the win rate of all. What was
-- discounted and what was won may share causes.
-- grain: class of discount depth
-- needs: quote_list_prices
-- params: date_from date, date_to date, segment text, owner text
-- units: depth label, decided count, won count, win_rate ratio, win_rate_low ratio, win_rate_high ratio, adjusted
--   ratio, adjusted_low ratio, adjusted_high ratio, covered ratio, all_win_rate ratio, standing label, amount money
-- excludes: negotiations without list prices, decisions whose day is not known
-- reads: parts.negotiations.sized_deals
with cells as (
    select
        depth,
        segment,
        size,
        cast(count(*) as double) as n,
        sum(is_won) as won,
        sum(amount) as amount,
        min(discount_depth) as shallowest
    from sized_deals
    group by depth, segment, size
),

weighted as (
    select
        *,
        sum(n) over (partition by segment, size) / sum(n) over () as weight,
        sum(won) over () / sum(n) over () as all_win_rate
    from cells
),

classes as (
    select
        depth,
        all_win_rate,
        min(shallowest) as shallowest,
        sum(n) as n,
        sum(won) as won,
        sum(weight) as covered,
        case
            when sum(n) >= 20 and sum(weight) >= 0.5 then sum(weight * won / n) / sum(weight)
        end as adjusted,
        nine_in_ten() * sqrt(sum(weight * weight * rate_variance(won, n))) / sum(weight) as spread,
        sum(amount) as amount
    from weighted
    group by depth, all_win_rate
)

select
    depth,
    cast(n as bigint) as decided,
    cast(won as bigint) as won,
    case when enough(n) then win_rate(won, n - won) end as win_rate,
    wilson_low(won, n) as win_rate_low,
    wilson_high(won, n) as win_rate_high,
    adjusted,
    case when adjusted is not null then greatest(adjusted - spread, 0) end as adjusted_low,
    case when adjusted is not null then least(adjusted + spread, 1) end as adjusted_high,
    covered,
    all_win_rate,
    case
        when adjusted is null then 'too_few'
        when adjusted - spread > all_win_rate then 'ahead'
        when adjusted + spread < all_win_rate then 'behind'
        else 'cannot_tell'
    end as standing,
    cast(amount as decimal(18, 2)) as amount
from classes
order by shallowest
