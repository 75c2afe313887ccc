-- Relationship: since when and how much the customer has bought, what it returned, and when it was last spoken to. The
-- year is the 365 days to the as-of day, the year before the 365 days before. Returned is the value of returned lines
-- over that of all other lines of the year. The year before is unknown where one of the two was not loaded in full;
-- since when it buys is known where the account was created by its first order, or ordered nothing in the first 365
-- days of the data. Would recommend us: promoters answered 9 or 10, detractors 0 to 6; the net promoter score is the
-- share of the first less that of the second, of all answers.
-- grain: one customer
-- params: customer text, date_to date
-- units: customer_since date, is_since_known flag, orders count, revenue money, revenue_year money, revenue_year_base
--   money, returned money, returned_rate ratio, last_contact_on date, last_contact label, answers count,
--   net_promoter_score ratio, last_score score, last_answer_on date
-- reads: parts.shared.loaded_orders
with order_sums as (
    select
        min(ordered_on) as first_order_on,
        count(*) filter (where not is_credit_note) as orders,
        sum(revenue) as revenue,
        sum(revenue) filter (where ordered_on > $date_to::date - 365) as revenue_year,
        sum(revenue) filter (
            where ordered_on > $date_to::date - 730 and ordered_on <= $date_to::date - 365
        ) as revenue_year_base
    from orders
    where customer_id = $customer
),

year_lines as (
    select
        -sum(revenue) filter (where quantity < 0) as returned,
        sum(revenue) filter (where quantity >= 0) as bought
    from order_lines
    where customer_id = $customer and ordered_on > $date_to::date - 365
),

last_contacts as (
    select
        max(occurred_on) as last_contact_on,
        max_by(coalesce(kind, 'contact'), (occurred_on, activity_id)) as last_contact
    from activities
    where customer_id = $customer
),

answers as (
    select
        count(*) as answers,
        count(*) filter (where score >= 9) as promoters,
        count(*) filter (where score <= 6) as detractors,
        max_by(score, (given_on, feedback_id)) as last_score,
        max(given_on) as last_answer_on
    from feedback
    where customer_id = $customer
)

select
    coalesce(least(c.created_on, o.first_order_on), c.created_on, o.first_order_on) as customer_since,
    coalesce(c.created_on <= o.first_order_on, false)
    or coalesce(o.first_order_on >= h.history_from + 365, true) as is_since_known,
    o.orders,
    cast(coalesce(o.revenue, 0) as decimal(18, 2)) as revenue,
    cast(coalesce(o.revenue_year, 0) as decimal(18, 2)) as revenue_year,
    cast(
        case
            when
                (s.customer_id is null or s.revenue_year_base is not null)
                and coalesce(h.covered_from <= $date_to::date - 729, true)
                then coalesce(o.revenue_year_base, 0)
        end as decimal(18, 2)
    ) as revenue_year_base,
    cast(coalesce(y.returned, 0) as decimal(18, 2)) as returned,
    case when y.bought > 0 then cast(coalesce(y.returned, 0) as double) / cast(y.bought as double) end as returned_rate,
    l.last_contact_on,
    l.last_contact,
    a.answers,
    cast(a.promoters - a.detractors as double) / nullif(a.answers, 0) as net_promoter_score,
    a.last_score,
    a.last_answer_on
from customers as c
cross join order_sums as o
cross join year_lines as y
cross join last_contacts as l
cross join answers as a
cross join loaded_orders as h
left join account_standing as s on c.customer_id = s.customer_id
where c.customer_id = $customer
