-- Holdout: what the work list is worth, by kind: accounts on it against accounts held out of it by chance.
-- Of each account count the alerts raised on the first day any of the kind was, since accounts are held out: later ones
-- depend on what the list did. Revenue is what the account ordered, bought of the category, or bought of the products
-- proposed on that day within the alert's days (90 for a silent account, 60 for a category, 90 for growth), once these
-- are over. The difference per account comes with Welch's interval, which holds nine of ten; worth is the difference
-- times the accounts on the list. With fewer than two accounts on either side there is no interval.
-- grain: kind
-- params: held_share ratio, since date, date_to date, segment text, owner text, least_chance ratio,
--   least_expected money
-- units: alert label, shown_accounts count, held_accounts count, shown_revenue money, held_revenue money,
--   difference money, difference_low money, difference_high money, worth money, worth_low money, worth_high money
-- excludes: alerts raised before accounts were held out, growth below its limits, and accounts that are not in the data
--   any more
with alerts as (
    select
        a.kind,
        a.customer_id,
        a.subject,
        a.raised_on,
        a.until,
        c.held_rank < $held_share as is_held
    from raised_alerts as a
    inner join customers as c on a.customer_id = c.customer_id
    left join growth_limits as l on true
    where
        a.raised_on >= $since
        and (
            a.kind <> 'growth'
            or (
                a.probability >= coalesce($least_chance, l.least_chance)
                and a.probability * a.money >= coalesce($least_expected, l.least_expected)
            )
        )
        and ($segment is null or c.segment = $segment)
        and ($owner is null or c.owner_rep_id = $owner)
    qualify a.raised_on = min(a.raised_on) over (partition by a.kind, a.customer_id)
),

-- Of an account all counts that was proposed to it; a proposal was of one product before.
proposed as (
    select distinct
        a.customer_id,
        a.raised_on,
        p.product_id
    from alerts as a
    inner join proposed_products as p
        on a.customer_id = p.customer_id and a.raised_on between p.proposed_from and p.proposed_until
    where a.kind = 'growth' and a.subject = 'account'
),

sales as (
    select
        a.kind,
        a.customer_id,
        sum(l.revenue) as revenue
    from alerts as a
    inner join order_lines as l
        on a.customer_id = l.customer_id and l.ordered_on > a.raised_on and l.ordered_on <= a.until
    left join products as p on l.product_id = p.product_id
    left join proposed as g
        on a.customer_id = g.customer_id and a.raised_on = g.raised_on and l.product_id = g.product_id
    where
        l.quantity > 0
        and (
            a.kind = 'late'
            or (a.kind = 'category_risk' and p.category = a.subject)
            or (a.kind = 'growth' and (l.product_id = a.subject or g.product_id is not null))
        )
    group by a.kind, a.customer_id
),

accounts as (
    select distinct
        a.kind,
        a.customer_id,
        a.is_held,
        cast(coalesce(s.revenue, 0) as double) as revenue
    from alerts as a
    left join sales as s on a.kind = s.kind and a.customer_id = s.customer_id
    where a.until <= $date_to
),

sides as (
    select
        kind,
        count(*) filter (where not is_held) as shown_accounts,
        count(*) filter (where is_held) as held_accounts,
        avg(revenue) filter (where not is_held) as shown_revenue,
        avg(revenue) filter (where is_held) as held_revenue,
        var_samp(revenue) filter (where not is_held) as shown_variance,
        var_samp(revenue) filter (where is_held) as held_variance
    from accounts
    group by kind
),

differences as (
    select
        *,
        shown_revenue - held_revenue as difference,
        nine_in_ten() * sqrt(shown_variance / shown_accounts + held_variance / nullif(held_accounts, 0)) as spread
    from sides
)

select
    kind as alert,
    shown_accounts,
    held_accounts,
    cast(shown_revenue as decimal(18, 2)) as shown_revenue,
    cast(held_revenue as decimal(18, 2)) as held_revenue,
    cast(difference as decimal(18, 2)) as difference,
    cast(difference - spread as decimal(18, 2)) as difference_low,
    cast(difference + spread as decimal(18, 2)) as difference_high,
    cast(difference * shown_accounts as decimal(18, 2)) as worth,
    cast((difference - spread) * shown_accounts as decimal(18, 2)) as worth_low,
    cast((difference + spread) * shown_accounts as decimal(18, 2)) as worth_high
from differences
order by kind
