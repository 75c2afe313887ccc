-- Qualification of accounts: what new accounts brought in the year after their first 90 days, by third of the score.
-- The same score as in the list, by the weights of now and by the orders of the first 90 days, over all accounts whose
-- first order was 455 days ago or longer; revenue is that of the 365 days from day 91 on.
-- grain: third of the score
-- params: weights json, segment text, owner text
-- units: third label, accounts count, median_revenue money, mean_revenue money
-- excludes: accounts of which nothing is known that has a weight; accounts that may have bought before the first order
--   loaded
-- reads: parts.customers.qualification_scores
with thirds as (
    select
        cast(following_revenue as double) as following_revenue,
        ntile(3) over (order by qualification_score(points, known_weight) desc, customer_id) as place
    from qualification_scores
    where stage = 'account' and following_revenue is not null and known_weight > 0
)

select
    case place when 1 then 'top_third' when 2 then 'middle_third' else 'bottom_third' end as third,
    count(*) as accounts,
    cast(median(following_revenue) as decimal(18, 2)) as median_revenue,
    cast(avg(following_revenue) as decimal(18, 2)) as mean_revenue
from thirds
group by place
order by place
