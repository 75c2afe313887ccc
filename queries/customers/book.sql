-- Book of accounts: every account with its standing, what it bought in the period and how it keeps its own rhythm.
-- Change is against the comparison period. Usual interval is the median gap between order days, given from
-- five order days over 90 days on. Tier, health, RFM, lifetime, expected revenue and potential do not depend on the
-- period. Channel shares are shares of the orders of the period; branch orders and those without a channel are in none.
-- grain: customer
-- params: date_from date, date_to date, base_from date, base_to date, segment text, owner text, health text,
--   tier text, rhythm text, search text, sort text, page_start integer, page_rows integer
-- units: customer_id id, customer text, segment label, owner text, tier label, health label, health_reason label,
--   rhythm label, orders count, quantity quantity, revenue money, revenue_base money, change ratio, margin money,
--   margin_rate ratio, price_realisation ratio, inside_share ratio, outside_share ratio, ecommerce_share ratio,
--   rfm text, lifetime_revenue money, lifetime_margin money, usual_order_value money, expected_orders score,
--   expected_revenue money, potential money, days_since_last days, usual_interval_days days, overdue_ratio factor,
--   at_stake money, likely_loss money, silence_probability ratio, late_after_days days, churned_on date,
--   accounts count
-- excludes: sales to no known customer
with sort_sums as (
    -- Only what the list is sorted by is summed over every account; the rest is summed over those on the page.
    select
        customer_id,
        sum(
            case
                when $sort = 'change' and $base_to is null then null
                when $sort = 'change' and ordered_on >= $date_from then -revenue
                when $sort = 'change' then revenue
                when ordered_on < $date_from then null
                when $sort = 'revenue' then revenue
                when $sort = 'margin' then margin
                when not is_credit_note then 1
            end
        ) as amount
    from orders
    where
        $sort in ('revenue', 'change', 'margin', 'orders')
        and (ordered_on between $date_from and $date_to or ordered_on between $base_from and $base_to)
    group by customer_id
),

page as (
    select
        a.*,
        count(*) over () as accounts,
        row_number() over (
            order by
                case when $sort = 'customer' then lower(a.customer) end,
                case when $sort = 'overdue' and a.is_silent then 0 else 1 end,
                case
                    when $sort = 'margin' then cast(s.amount as double)
                    when $sort in ('revenue', 'change', 'orders') then cast(coalesce(s.amount, 0) as double)
                    when $sort = 'overdue' then a.overdue_ratio
                    when $sort = 'silence' then cast(a.days_since_last as double)
                    when $sort = 'lifetime_revenue' then cast(a.lifetime_revenue as double)
                    when $sort = 'expected_revenue' then cast(a.expected_revenue as double)
                    when $sort = 'potential' then cast(a.potential as double)
                    when $sort = 'at_stake' then cast(a.at_stake as double)
                    else cast(coalesce(a.likely_loss, 0) as double)
                end desc nulls last,
                a.at_stake desc,
                a.customer_id
        ) as place
    from account_standing as a
    left join sort_sums as s on a.customer_id = s.customer_id
    where
        ($segment is null or a.segment = $segment)
        and ($owner is null or a.owner_rep_id = $owner)
        and ($health is null or a.health = $health)
        and ($tier is null or a.tier = $tier)
        and ($rhythm is null or a.rhythm = $rhythm)
        and ($search is null or contains(lower(a.customer), lower($search)) or lower(a.customer_id) = lower($search))
    order by place
    limit $page_rows offset $page_start
),

period_sums as (
    select
        customer_id,
        count(*) filter (where ordered_on >= $date_from and not is_credit_note) as orders,
        count(*) filter (where ordered_on >= $date_from and not is_credit_note and channel = 'inside') as inside,
        count(*) filter (where ordered_on >= $date_from and not is_credit_note and channel = 'outside') as outside,
        count(*) filter (where ordered_on >= $date_from and not is_credit_note and channel = 'ecommerce') as ecommerce,
        sum(quantity) filter (where ordered_on >= $date_from) as quantity,
        sum(revenue) filter (where ordered_on >= $date_from) as revenue,
        sum(revenue) filter (where ordered_on <= $base_to) as revenue_base,
        sum(margin) filter (where ordered_on >= $date_from) as margin,
        sum(costed_revenue) filter (where ordered_on >= $date_from) as costed_revenue,
        sum(list_value) filter (where ordered_on >= $date_from) as list_value,
        sum(listed_revenue) filter (where ordered_on >= $date_from) as listed_revenue
    from orders
    where
        customer_id in (select customer_id from page)
        and (ordered_on between $date_from and $date_to or ordered_on between $base_from and $base_to)
    group by customer_id
)

select
    p.customer_id,
    p.customer,
    p.segment,
    p.owner_name as owner,
    p.tier,
    p.health,
    p.health_reason,
    p.rhythm,
    cast(coalesce(s.orders, 0) as bigint) as orders,
    cast(coalesce(s.quantity, 0) as decimal(18, 3)) as quantity,
    cast(coalesce(s.revenue, 0) as decimal(18, 2)) as revenue,
    cast(if_compared($base_to, coalesce(s.revenue_base, 0)) as decimal(18, 2)) as revenue_base,
    case
        when s.revenue_base > 0 then cast(coalesce(s.revenue, 0) as double) / cast(s.revenue_base as double) - 1
    end as change,
    cast(s.margin as decimal(18, 2)) as margin,
    margin_rate(s.margin, s.costed_revenue) as margin_rate,
    price_realisation(s.listed_revenue, s.list_value) as price_realisation,
    cast(s.inside as double) / nullif(s.orders, 0) as inside_share,
    cast(s.outside as double) / nullif(s.orders, 0) as outside_share,
    cast(s.ecommerce as double) / nullif(s.orders, 0) as ecommerce_share,
    p.recency_score || '-' || p.frequency_score || '-' || p.money_score as rfm,
    p.lifetime_revenue,
    p.lifetime_margin,
    p.usual_order_value,
    p.expected_orders,
    p.expected_revenue,
    p.potential,
    p.days_since_last,
    p.usual_interval_days,
    p.overdue_ratio,
    p.at_stake,
    p.likely_loss,
    y.silence_probability,
    y.late_after_days,
    y.churned_on,
    cast(p.accounts as bigint) as accounts
from page as p
left join reorder_rhythm as y on p.customer_id = y.customer_id
left join period_sums as s on p.customer_id = s.customer_id
order by p.place
