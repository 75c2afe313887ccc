-- Concentration: how much of the revenue hangs on few accounts.
-- Of the accounts with revenue in the period, the largest fifth (rounded up) and its share of their revenue, and the
-- Herfindahl-Hirschman index: the sum of squared shares in percent, from near 0 (many equal accounts) to 10,000 (one).
-- grain: one row
-- params: date_from date, date_to date, base_from date, base_to date, segment text, owner text
-- units: customers count, top_fifth count, top_fifth_share ratio, top_fifth_share_base ratio, largest_share ratio,
--   largest_share_base ratio, concentration_index count, concentration_index_base count
-- excludes: sales to no known customer, accounts whose returns outweigh what they bought
-- reads: parts.customers.compared_orders
with period_sums as (
    select
        is_now,
        customer_id,
        sum(revenue) as revenue
    from compared_orders
    where customer_id is not null
    group by is_now, customer_id
    having sum(revenue) > 0
),

shares as (
    select
        is_now,
        cast(revenue as double) / cast(sum(revenue) over (partition by is_now) as double) as share,
        row_number() over (partition by is_now order by revenue desc, customer_id) as place,
        ceil(count(*) over (partition by is_now) * 0.2) as top_fifth
    from period_sums
)

select
    cast(count(*) filter (where is_now) as bigint) as customers,
    cast(count(*) filter (where is_now and place <= top_fifth) as bigint) as top_fifth,
    sum(share) filter (where is_now and place <= top_fifth) as top_fifth_share,
    sum(share) filter (where not is_now and place <= top_fifth) as top_fifth_share_base,
    max(share) filter (where is_now) as largest_share,
    max(share) filter (where not is_now) as largest_share_base,
    cast(round(sum(share * share * 10000) filter (where is_now)) as bigint) as concentration_index,
    cast(round(sum(share * share * 10000) filter (where not is_now)) as bigint) as concentration_index_base
from shares
