-- Pareto curve: the share of revenue that the largest accounts bring together, by their share of all accounts.
-- At most a hundred points, one where another hundredth of the accounts is reached.
-- grain: hundredth of the accounts
-- params: date_from date, date_to date, segment text, owner text
-- units: accounts_share ratio, revenue_share ratio, accounts count
-- excludes: sales to no known customer, accounts whose returns outweigh what they bought
with period_sums as (
    select
        customer_id,
        sum(revenue) as revenue
    from orders
    where
        customer_id is not null
        and ordered_on between $date_from and $date_to
        and ($segment is null or segment = $segment)
        and ($owner is null or owner_rep_id = $owner)
    group by customer_id
    having sum(revenue) > 0
),

ranked as (
    select
        row_number() over (order by revenue desc, customer_id) as place,
        count(*) over () as accounts,
        sum(revenue) over (order by revenue desc, customer_id rows unbounded preceding) as reached,
        sum(revenue) over () as whole
    from period_sums
)

select
    cast(place as double) / accounts as accounts_share,
    cast(reached as double) / cast(whole as double) as revenue_share,
    cast(place as bigint) as accounts
from ranked
where place * 100 // accounts > (place - 1) * 100 // accounts
order by place
