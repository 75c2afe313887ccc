-- Channel mix: through which channels the accounts' revenue came, and how its shares shifted.
-- Revenue of all accounts that somebody of the team looks after, by the channel of the order; the shift is in points
-- against the days compared with. No share is told where the whole is not positive.
-- grain: channel
-- needs: channels
-- params: team text, date_from date, date_to date, base_from date, base_to date
-- units: channel label, revenue money, share ratio, revenue_base money, share_base ratio, share_shift ratio, orders
--   count
-- excludes: sales of accounts that nobody looks after
with sums as (
    select
        coalesce(o.channel, 'unknown') as channel,
        coalesce(sum(o.revenue) filter (where o.ordered_on between $date_from and $date_to), 0) as revenue,
        coalesce(sum(o.revenue) filter (where o.ordered_on between $base_from and $base_to), 0) as revenue_base,
        count(*) filter (where o.ordered_on between $date_from and $date_to and not o.is_credit_note) as orders
    from orders as o
    inner join sales_reps as r on o.owner_rep_id = r.rep_id
    where
        (o.ordered_on between $date_from and $date_to or o.ordered_on between $base_from and $base_to)
        and ($team is null or r.team = $team)
    group by coalesce(o.channel, 'unknown')
),

shares as (
    select
        *,
        case when sum(revenue) over () > 0 then cast(revenue as double) / cast(sum(revenue) over () as double) end
            as share,
        case
            when sum(revenue_base) over () > 0
                then cast(revenue_base as double) / cast(sum(revenue_base) over () as double)
        end as share_base
    from sums
)

select
    channel,
    cast(revenue as decimal(18, 2)) as revenue,
    share,
    cast(if_compared($base_to, revenue_base) as decimal(18, 2)) as revenue_base,
    share_base,
    share - share_base as share_shift,
    orders
from shares
order by revenue desc, channel
