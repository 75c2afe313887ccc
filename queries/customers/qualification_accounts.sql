-- Qualification of accounts: what new accounts brought in the year after their first 90 days, by third of the score.
-- The same score as in the list, by the weights of now and by the orders of the first 90 days, over all accounts whose
-- first order was 455 days ago or longer; revenue is that of the 365 days from day 91 on.
-- grain: third of the score
-- params: weights json, segment text, owner text
-- units: third label, accounts count, median_revenue money, mean_revenue money
-- excludes: accounts of which nothing is known that has a weight; accounts that may have bought before the first order
--   loaded
with weights as (
    select unnest(
        from_json(
            coalesce($weights, '[]'),
            '[{"segment": "varchar", "turnover": "double", "volume": "double", "outlets": "double",
            "frequency": "double"}]'
        ),
        max_depth := 2
    )
),

marks as (
    select
        n.customer_id,
        n.following_revenue,
        case when n.turnover_mark is null then 0 else w.turnover end
        + case when n.volume_mark is null then 0 else w.volume end
        + case when n.outlets_mark is null then 0 else w.outlets end
        + case when n.frequency_mark is null then 0 else w.frequency end as known_weight,
        w.turnover * coalesce(n.turnover_mark, 0)
        + w.volume * coalesce(n.volume_mark, 0)
        + w.outlets * coalesce(n.outlets_mark, 0)
        + w.frequency * coalesce(n.frequency_mark, 0) as points
    from new_accounts as n
    inner join weights as w on n.segment = w.segment
    where
        n.following_revenue is not null
        and ($segment is null or n.segment = $segment)
        and ($owner is null or n.owner_rep_id = $owner)
),

thirds as (
    select
        cast(following_revenue as double) as following_revenue,
        ntile(3) over (order by points / known_weight desc, customer_id) as place
    from marks
    where known_weight > 0
)

select
    case place when 1 then 'top_third' when 2 then 'middle_third' else 'bottom_third' end as third,
    count(*) as accounts,
    cast(median(following_revenue) as decimal(18, 2)) as median_revenue,
    cast(avg(following_revenue) as decimal(18, 2)) as mean_revenue
from thirds
group by place
order by place
