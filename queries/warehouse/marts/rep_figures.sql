-- Rep figures: what each person did in each whole quarter of three years and in the last two stretches of 365 days.
-- Orders by the rep on the order, decisions and requests by the rep on the quote. Rates, means and medians stand on at
-- least five decisions, won deals or answers and are empty below. Discounts are means of what was decided. Revenue of a
-- span that was not loaded in full is unknown; only the last 365 days have what there is of them.
-- grain: rep, granularity and first day
-- params: as_of date
-- scope: rep_id
-- ecommerce: none
-- sort: rep_id, granularity, starts_on
with loaded as (
    select cast(max(first_on) - cast(max(usual_gap_days) as integer) as date) as covered_from
    from coverage
    where input_table = 'orders' and segment = 'all'
),

quarters as (
    select cast(date_trunc('quarter', day) as date) as starts_on
    from calendar
    where day > cast(cast($as_of as date) - interval 39 month as date)
    group by cast(date_trunc('quarter', day) as date)
    having
        min(day) = cast(date_trunc('quarter', day) as date)
        and cast(cast(date_trunc('quarter', day) as date) + interval 3 month as date)
        <= cast(cast($as_of as date) + interval 1 day as date)
),

spans as (
    select
        'quarter' as granularity,
        starts_on,
        cast(starts_on + interval 3 month as date) as past_end
    from quarters
    union all
    select
        'year' as granularity,
        cast(cast($as_of as date) - interval 364 day as date) as starts_on,
        cast(cast($as_of as date) + interval 1 day as date) as past_end
    union all
    select
        'year' as granularity,
        cast(cast($as_of as date) - interval 729 day as date) as starts_on,
        cast(cast($as_of as date) - interval 364 day as date) as past_end
),

order_days as (
    select
        credited_rep_id as rep_id,
        ordered_on,
        sum(revenue) as revenue,
        sum(margin) as margin,
        sum(costed_revenue) as costed_revenue
    from orders
    where credited_rep_id is not null
    group by credited_rep_id, ordered_on
),

sold as (
    select
        o.rep_id,
        s.granularity,
        s.starts_on,
        sum(o.revenue) as revenue,
        cast(sum(o.margin) as double) / nullif(cast(sum(o.costed_revenue) as double), 0) as margin_rate
    from order_days as o
    inner join spans as s on o.ordered_on >= s.starts_on and o.ordered_on < s.past_end
    group by o.rep_id, s.granularity, s.starts_on
),

decided as (
    select
        n.rep_id,
        s.granularity,
        s.starts_on,
        sum(case when n.counts_in_win_rate then 1 else 0 end) as decided,
        sum(case when n.counts_as_won then 1 else 0 end) as won,
        count(case when n.counts_as_won then n.amount end) as won_valued,
        sum(case when n.counts_as_won then cast(n.amount * 100 as double) end) as won_cents,
        count(n.discount_depth) as discounted,
        avg(n.discount_depth) as discount_depth
    from negotiations as n
    inner join spans as s on n.closed_on >= s.starts_on and n.closed_on < s.past_end
    where not n.is_open and n.rep_id is not null
    group by n.rep_id, s.granularity, s.starts_on
),

answered as (
    select
        n.rep_id,
        s.granularity,
        s.starts_on,
        count(n.response_days) as answers,
        median(n.response_days) as response_days
    from negotiations as n
    inner join spans as s on n.requested_on >= s.starts_on and n.requested_on < s.past_end
    where n.rep_id is not null
    group by n.rep_id, s.granularity, s.starts_on
)

select
    cast(b.rep_id as varchar) as rep_id,
    cast(t.granularity as varchar) as granularity,
    cast(t.starts_on as date) as starts_on,
    cast(
        case
            when t.granularity = 'year' and t.past_end > cast($as_of as date) then coalesce(s.revenue, 0)
            when l.covered_from > t.starts_on then null
            when t.granularity = 'year' and e.feed_last_on is not null then null
            when t.past_end > cast(e.feed_last_on + interval 1 day as date) then null
            else coalesce(s.revenue, 0)
        end as decimal(18, 2)
    ) as revenue,
    cast(s.margin_rate as double) as margin_rate,
    cast(coalesce(d.decided, 0) as bigint) as decided,
    cast(case when d.decided >= 5 then cast(d.won as double) / nullif(cast(d.decided as double), 0) end as double)
        as win_rate,
    cast(
        case
            when d.won_valued >= 5
                then cast(round(d.won_cents / nullif(cast(d.won_valued as double), 0), 0) as decimal(20, 0)) * 0.01
        end
        as decimal(18, 2)
    ) as average_won,
    cast(case when a.answers >= 5 then a.response_days end as double) as response_days,
    cast(case when d.discounted >= 5 then d.discount_depth end as double) as discount_depth
from rep_books as b
cross join spans as t
cross join loaded as l
left join rep_feed_ends as e on b.rep_id = e.rep_id
left join sold as s on b.rep_id = s.rep_id and t.granularity = s.granularity and t.starts_on = s.starts_on
left join decided as d on b.rep_id = d.rep_id and t.granularity = d.granularity and t.starts_on = d.starts_on
left join answered as a on b.rep_id = a.rep_id and t.granularity = a.granularity and t.starts_on = a.starts_on
where b.accounts > 0 or b.known_since is not null
