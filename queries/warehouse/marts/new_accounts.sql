-- New accounts: how each account began: its first 90 days, what is known of its size, and the year that followed them.
-- New is an account in the 365 days after its first order, or after it was created if it has not ordered. Marks are 0
-- to 1 on a logarithmic scale as those of leads; frequency is the orders of the first 90 days, full at 10. Where no
-- yearly volume is expected, it is the revenue of the first 90 days times 365 / 90.
-- grain: customer
-- scope: owner_rep_id
-- params: as_of date
-- excludes: accounts that may have bought before the first order loaded: created before it or, where no day up to their
--   own first order is known for that, with an order in the 365 days after it
with first_orders as (
    select
        customer_id,
        owner_rep_id,
        segment,
        first_order_on,
        min(first_order_on) over () as history_from
    from rhythm_facts
),

beginnings as (
    select
        f.customer_id,
        f.owner_rep_id,
        f.segment,
        f.first_order_on,
        cast(f.first_order_on + interval 90 day as date) as followed_from,
        date_diff('day', f.first_order_on, cast($as_of as date)) as days,
        date_diff('day', coalesce(f.first_order_on, c.created_on), cast($as_of as date)) as age_days,
        cast(case when c.annual_turnover < 0 then 0 else c.annual_turnover end as double) as annual_turnover,
        cast(
            case when c.expected_annual_volume < 0 then 0 else c.expected_annual_volume end as double
        ) as expected_annual_volume,
        cast(c.outlets as double) as outlets
    from first_orders as f
    inner join customers as c on f.customer_id = c.customer_id
    where
        (f.first_order_on is null and c.created_on is not null)
        or (c.created_on >= f.history_from and c.created_on <= f.first_order_on)
        or (
            (c.created_on is null or c.created_on > f.first_order_on)
            and f.first_order_on >= cast(f.history_from + interval 365 day as date)
        )
),

document_sums as (
    select
        b.customer_id,
        sum(case when o.is_credit_note then 0 else 1 end) as orders,
        sum(case when o.is_credit_note or o.ordered_on >= b.followed_from then 0 else 1 end) as first_orders,
        sum(case when o.ordered_on < b.followed_from then o.revenue else 0 end) as first_revenue,
        sum(
            case
                when o.ordered_on >= b.followed_from and o.ordered_on < cast(b.followed_from + interval 365 day as date)
                    then o.revenue
                else 0
            end
        ) as following_revenue
    from beginnings as b
    inner join orders as o on b.customer_id = o.customer_id
    where o.ordered_on >= b.first_order_on and o.ordered_on <= cast($as_of as date)
    group by b.customer_id
),

sized as (
    select
        b.*,
        s.orders,
        s.first_orders,
        s.following_revenue,
        coalesce(
            b.expected_annual_volume,
            cast(case when s.first_revenue < 0 then 0 else s.first_revenue end as double) * 365 / 90
        ) as annual_volume
    from beginnings as b
    left join document_sums as s on b.customer_id = s.customer_id
)

select
    cast(customer_id as varchar) as customer_id,
    cast(owner_rep_id as varchar) as owner_rep_id,
    cast(segment as varchar) as segment,
    cast(first_order_on as date) as first_order_on,
    cast(age_days <= 365 as boolean) as is_new,
    cast(coalesce(orders, 0) as bigint) as orders,
    cast(round(annual_volume, 2) as decimal(18, 2)) as expected_annual_volume,
    cast(case when days >= 455 then following_revenue end as decimal(18, 2)) as following_revenue,
    cast(
        case
            when annual_turnover is not null then least(ln(1 + annual_turnover) / 2.302585092994046 / 12, 1)
        end as double
    ) as turnover_mark,
    cast(
        case when annual_volume is not null then least(ln(1 + annual_volume) / 2.302585092994046 / 9, 1) end as double
    ) as volume_mark,
    cast(
        case when outlets is not null then least(ln(1 + outlets) / 2.302585092994046 / 4, 1) end as double
    ) as outlets_mark,
    cast(
        case when first_orders is not null then least(ln(1 + first_orders) / 2.3978952727983707, 1) end as double
    ) as frequency_mark
from sized
