-- Due items: what of deals, contracts, contacts and orders is due now, with the day and the money it is about.
-- A deal is due, by the first of these that holds, where its offer ends within 14 days, its decision is told from deals
-- like it or expected by the rep within 14 days, its expected day has passed, that day was moved later, or its decision
-- is told or expected within 30 days. No decision is told of one that is open for longer than nine of ten took. A
-- contract is due where it ends within 60 days, or its terms are to be reviewed between 60 days ago and 60 days ahead,
-- unless a later one of the account follows it. Of each account, the contact who was in touch on most days is due after
-- more than 90 days of silence, and more than twice its usual gap (the median of at least three); not where that is
-- more than a year ago or the account brought nothing in 365 days. An order is due where its promised day has passed
-- without a delivery, by no more than a year. Money is the amount of the deal, the value of a year of the contract, the
-- account's revenue of 365 days, and the order's revenue.
-- grain: kind, customer and subject
-- excludes: deals without a customer
-- params: as_of date
-- scope: rep_id
-- ecommerce: none
-- sort: rep_id, kind, customer_id, subject
with days_in_touch as (
    select
        contact_id,
        occurred_on
    from activities
    where contact_id is not null
    union
    select
        contact_id,
        occurred_on
    from negotiation_steps
    where contact_id is not null
),

gaps as (
    select
        contact_id,
        occurred_on,
        date_diff('day', lag(occurred_on) over (partition by contact_id order by occurred_on), occurred_on) as gap_days
    from days_in_touch
),

habits as (
    select
        contact_id,
        count(*) as days_in_touch,
        max(occurred_on) as last_contact_on,
        date_diff('day', max(occurred_on), cast($as_of as date)) as days_since,
        case when count(gap_days) >= 3 then median(cast(gap_days as double)) end as usual_gap_days
    from gaps
    group by contact_id
),

main_contacts as (
    select
        p.contact_id,
        p.customer_id,
        p.owner_rep_id,
        h.last_contact_on,
        h.days_since,
        h.usual_gap_days,
        row_number() over (
            partition by p.customer_id order by h.days_in_touch desc, h.last_contact_on desc, p.contact_id
        ) as place
    from contacts as p
    inner join habits as h on p.contact_id = h.contact_id
),

decisions as (
    select
        n.*,
        case when not n.is_overlong then w.expected_close_on end as told_close_on,
        w.win_probability,
        least(
            case when n.expected_close_on >= cast($as_of as date) then n.expected_close_on end,
            case
                when w.expected_close_on >= cast($as_of as date) and not n.is_overlong then w.expected_close_on
            end
        ) as decision_on
    from negotiations as n
    left join win_probabilities as w on n.negotiation_id = w.negotiation_id
    where n.is_open
),

deals as (
    select
        *,
        case
            when
                valid_until >= cast($as_of as date)
                and valid_until <= cast(cast($as_of as date) + interval 14 day as date)
                then 'offer_ends'
            when decision_on <= cast(cast($as_of as date) + interval 14 day as date) then 'decision_14'
            when expected_close_on < cast($as_of as date) then 'past_expected'
            when slips > 0 then 'slipped'
            when decision_on <= cast(cast($as_of as date) + interval 30 day as date) then 'decision_30'
        end as reason
    from decisions
),

terms as (
    select
        *,
        max(coalesce(ends_on, cast('9999-12-31' as date))) over (partition by customer_id) as last_end_on
    from contracts
),

agreements as (
    select
        *,
        case
            when
                ends_on >= cast($as_of as date)
                and ends_on <= cast(cast($as_of as date) + interval 60 day as date)
                then 'contract_ends'
            when
                review_on >= cast(cast($as_of as date) - interval 60 day as date)
                and review_on <= cast(cast($as_of as date) + interval 60 day as date)
                then 'review_due'
        end as reason
    from terms
    where
        coalesce(ends_on, cast('9999-12-31' as date)) >= cast($as_of as date)
        and coalesce(ends_on, cast('9999-12-31' as date)) = last_end_on
),

items as (
    select
        'deal' as kind,
        customer_id,
        negotiation_id as subject,
        rep_id,
        reason,
        case when reason = 'offer_ends' then valid_until else coalesce(decision_on, expected_close_on) end as due_on,
        amount as money,
        win_probability as probability,
        told_close_on,
        cast(null as date) as last_contact_on,
        cast(null as bigint) as days_since,
        cast(null as double) as usual_gap_days
    from deals
    where reason is not null
    union all
    select
        'contract' as kind,
        customer_id,
        contract_id as subject,
        owner_rep_id as rep_id,
        reason,
        case when reason = 'contract_ends' then ends_on else review_on end as due_on,
        annual_value as money,
        cast(null as double) as probability,
        cast(null as date) as told_close_on,
        cast(null as date) as last_contact_on,
        cast(null as bigint) as days_since,
        cast(null as double) as usual_gap_days
    from agreements
    where reason is not null
    union all
    select
        'contact' as kind,
        m.customer_id,
        m.contact_id as subject,
        m.owner_rep_id as rep_id,
        'contact_quiet' as reason,
        cast(null as date) as due_on,
        s.revenue_year as money,
        cast(null as double) as probability,
        cast(null as date) as told_close_on,
        m.last_contact_on,
        m.days_since,
        m.usual_gap_days
    from main_contacts as m
    inner join account_standing as s on m.customer_id = s.customer_id
    where
        m.place = 1
        and m.days_since > coalesce(greatest(m.usual_gap_days * 2, 90), 90)
        and m.days_since <= 365
        and s.revenue_year > 0
    union all
    select
        'order' as kind,
        o.customer_id,
        o.order_id as subject,
        c.owner_rep_id as rep_id,
        'order_late' as reason,
        o.promised_on as due_on,
        o.revenue as money,
        cast(null as double) as probability,
        cast(null as date) as told_close_on,
        cast(null as date) as last_contact_on,
        cast(null as bigint) as days_since,
        cast(null as double) as usual_gap_days
    from orders_under_way as o
    inner join customers as c on o.customer_id = c.customer_id
    where o.delivery_late_days <= 365
)

select
    cast(i.kind as varchar) as kind,
    cast(i.customer_id as varchar) as customer_id,
    cast(i.subject as varchar) as subject,
    cast(c.name as varchar) as customer_name,
    cast(i.rep_id as varchar) as rep_id,
    cast(i.reason as varchar) as reason,
    cast(i.due_on as date) as due_on,
    cast(i.money as decimal(18, 2)) as money,
    cast(i.probability as double) as probability,
    cast(i.told_close_on as date) as told_close_on,
    cast(i.last_contact_on as date) as last_contact_on,
    cast(i.days_since as bigint) as days_since,
    cast(i.usual_gap_days as double) as usual_gap_days
from items as i
inner join customers as c on i.customer_id = c.customer_id
