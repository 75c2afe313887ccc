-- Account standing: each customer with its rhythm, tier, health and its reason, RFM scores, lifetime value and
-- potential. Tiers, by revenue of 365 days among all accounts of the company: strategic are the largest that together
-- bring the first 50% (the one that passes it included), mid those up to 80%, long_tail the rest; without_revenue had
-- none. tier_before is the same 365 days earlier; it and the revenue of those days are unknown where not all of them,
-- or of the account's last 365 days, were loaded. Health, the first that fits: lost_account (probably_gone, churned,
-- one_off), new (too few orders for a rhythm), at_risk (late or quiet; a category stopped; revenue of 365 days fell by
-- more than 30% on the 365 before), watch (a category declining; revenue fell by more than 10%; irregular), healthy
-- (seasonal_pause, on_rhythm). Without an order there is none. RFM: fifths of the accounts that ordered within 365
-- days, 5 the best: last order, order days, revenue; ties by id. Expected revenue of the next 365 days = median revenue
-- of an order day of the last active year, times 365 / usual interval, times the probability that it is still active;
-- none without a rhythm.
-- grain: customer
-- scope: owner_rep_id
-- sort: customer_id
-- params: as_of date
with loaded as (
    select cast(max(first_on) - cast(max(usual_gap_days) as integer) as date) as covered_from
    from coverage
    where input_table = 'orders' and segment = 'all'
),

bought as (
    select
        customer_id,
        sum(revenue) as lifetime_revenue,
        sum(margin) as lifetime_margin,
        sum(case when ordered_on > cast(cast($as_of as date) - interval 365 day as date) then revenue else 0 end)
            as revenue_year,
        sum(
            case
                when
                    ordered_on > cast(cast($as_of as date) - interval 730 day as date)
                    and ordered_on <= cast(cast($as_of as date) - interval 365 day as date)
                    then revenue
                else 0
            end
        ) as revenue_year_base
    from orders
    where customer_id is not null and ordered_on <= cast($as_of as date)
    group by customer_id
),

-- What a year brought of which not all was loaded is compared with nothing.
document_sums as (
    select
        b.customer_id,
        b.lifetime_revenue,
        b.lifetime_margin,
        b.revenue_year,
        case
            when
                e.feed_last_on is null
                and coalesce(l.covered_from <= cast(cast($as_of as date) - interval 729 day as date), true)
                then b.revenue_year_base
        end as revenue_year_base
    from bought as b
    cross join loaded as l
    left join customer_feed_ends as e on b.customer_id = e.customer_id
),

active_years as (
    select
        d.customer_id,
        median(cast(d.revenue as double)) as usual_order_value
    from order_days as d
    inner join reorder_rhythm as r on d.customer_id = r.customer_id
    where
        d.ordered_on <= cast($as_of as date)
        and d.ordered_on > cast(r.last_order_on - interval 365 day as date)
    group by d.customer_id
),

order_days_of_the_year as (
    select
        customer_id,
        count(*) as order_days
    from order_days
    where
        ordered_on > cast(cast($as_of as date) - interval 365 day as date)
        and ordered_on <= cast($as_of as date)
    group by customer_id
),

ranked as (
    select
        customer_id,
        sum(case when revenue_year > 0 then revenue_year else 0 end) over () as whole,
        sum(case when revenue_year > 0 then revenue_year else 0 end) over (
            order by revenue_year desc, customer_id rows between unbounded preceding and current row
        ) as reached,
        sum(case when revenue_year_base > 0 then revenue_year_base else 0 end) over () as whole_base,
        sum(case when revenue_year_base > 0 then revenue_year_base else 0 end) over (
            order by revenue_year_base desc, customer_id rows between unbounded preceding and current row
        ) as reached_base
    from document_sums
),

-- What the larger accounts bring decides, so the account that passes a threshold is still on the near side of it.
tiers as (
    select
        s.customer_id,
        case
            when s.revenue_year <= 0 then 'without_revenue'
            when r.reached - s.revenue_year < r.whole * 0.5 then 'strategic'
            when r.reached - s.revenue_year < r.whole * 0.8 then 'mid'
            else 'long_tail'
        end as tier,
        case
            when s.revenue_year_base is null then null
            when s.revenue_year_base <= 0 then 'without_revenue'
            when r.reached_base - s.revenue_year_base < r.whole_base * 0.5 then 'strategic'
            when r.reached_base - s.revenue_year_base < r.whole_base * 0.8 then 'mid'
            else 'long_tail'
        end as tier_before
    from document_sums as s
    inner join ranked as r on s.customer_id = r.customer_id
),

scores as (
    select
        y.customer_id,
        ntile(5) over (order by h.last_order_on, y.customer_id) as recency,
        ntile(5) over (order by y.order_days, y.customer_id) as frequency,
        ntile(5) over (order by s.revenue_year, y.customer_id) as worth
    from order_days_of_the_year as y
    inner join reorder_rhythm as h on y.customer_id = h.customer_id
    inner join document_sums as s on y.customer_id = s.customer_id
),

risks as (
    select
        customer_id,
        sum(case when verdict = 'stopped' then 1 else 0 end) as stopped,
        sum(case when verdict = 'declining' then 1 else 0 end) as declining
    from category_risks
    group by customer_id
),

proposals as (
    select
        customer_id,
        sum(value) as potential,
        sum(potential_p50) as potential_p50,
        sum(potential_p80) as potential_p80
    from growth_proposals
    group by customer_id
),

reasons as (
    select
        h.customer_id,
        case
            when h.rhythm in ('no_orders', 'probably_gone', 'churned', 'one_off') then h.rhythm
            when h.rhythm = 'new' then 'few_orders'
            when h.rhythm in ('late', 'quiet') then h.rhythm
            when k.stopped > 0 then 'category_stopped'
            when s.revenue_year_base > 0 and s.revenue_year < s.revenue_year_base * 0.7 then 'revenue_fell'
            when k.declining > 0 then 'category_declining'
            when s.revenue_year_base > 0 and s.revenue_year < s.revenue_year_base * 0.9 then 'revenue_slipped'
            else h.rhythm
        end as reason
    from reorder_rhythm as h
    left join document_sums as s on h.customer_id = s.customer_id
    left join risks as k on h.customer_id = k.customer_id
)

select
    cast(h.customer_id as varchar) as customer_id,
    cast(c.name as varchar) as customer,
    cast(h.owner_rep_id as varchar) as owner_rep_id,
    cast(c.owner_name as varchar) as owner_name,
    cast(h.segment as varchar) as segment,
    cast(h.rhythm as varchar) as rhythm,
    cast(h.days_since_last as bigint) as days_since_last,
    cast(h.usual_interval_days as double) as usual_interval_days,
    cast(h.overdue_ratio as double) as overdue_ratio,
    cast(h.at_stake as decimal(18, 2)) as at_stake,
    cast(h.is_silent as boolean) as is_silent,
    cast(h.likely_loss as decimal(18, 2)) as likely_loss,
    cast(coalesce(t.tier, 'without_revenue') as varchar) as tier,
    cast(case when t.customer_id is null then 'without_revenue' else t.tier_before end as varchar) as tier_before,
    cast(
        case
            when e.reason in ('probably_gone', 'churned', 'one_off') then 'lost_account'
            when e.reason = 'few_orders' then 'new'
            when e.reason in ('late', 'quiet', 'category_stopped', 'revenue_fell') then 'at_risk'
            when e.reason in ('category_declining', 'revenue_slipped', 'irregular') then 'watch'
            when e.reason in ('seasonal_pause', 'on_rhythm') then 'healthy'
        end as varchar
    ) as health,
    cast(e.reason as varchar) as health_reason,
    cast(coalesce(s.revenue_year, 0) as decimal(18, 2)) as revenue_year,
    cast(case when s.customer_id is null then 0 else s.revenue_year_base end as decimal(18, 2)) as revenue_year_base,
    cast(q.recency as bigint) as recency_score,
    cast(q.frequency as bigint) as frequency_score,
    cast(q.worth as bigint) as money_score,
    cast(h.first_order_on as date) as first_order_on,
    cast(coalesce(s.lifetime_revenue, 0) as decimal(18, 2)) as lifetime_revenue,
    cast(s.lifetime_margin as decimal(18, 2)) as lifetime_margin,
    cast(round(a.usual_order_value, 2) as decimal(18, 2)) as usual_order_value,
    cast(365 / nullif(h.usual_interval_days, 0) as double) as expected_orders,
    cast(
        round(a.usual_order_value * 365 / nullif(h.usual_interval_days, 0) * h.active_probability, 2) as decimal(18, 2)
    ) as expected_revenue,
    cast(coalesce(p.potential, 0) as decimal(18, 2)) as potential,
    cast(coalesce(p.potential_p50, 0) as decimal(18, 2)) as potential_p50,
    cast(coalesce(p.potential_p80, 0) as decimal(18, 2)) as potential_p80
from reorder_rhythm as h
inner join customers as c on h.customer_id = c.customer_id
inner join reasons as e on h.customer_id = e.customer_id
left join document_sums as s on h.customer_id = s.customer_id
left join active_years as a on h.customer_id = a.customer_id
left join tiers as t on h.customer_id = t.customer_id
left join scores as q on h.customer_id = q.customer_id
left join proposals as p on h.customer_id = p.customer_id
