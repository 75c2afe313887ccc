-- Raised alerts: on which day each alert was raised, and what it promised then.
-- It adds today's work items to what the snapshot before remembered of earlier days. An alert that goes on is not
-- raised again before its days are over: 90 for a silent account, 60 for a category at risk, 90 for a growth proposal.
-- grain: kind, customer, subject and the day it was raised
-- params: as_of date
-- scope: owner_rep_id
-- ecommerce: none
-- keeps: kind, customer_id, subject, raised_on, money, probability
-- sort: customer_id, kind, subject, raised_on
with alerts as (
    select
        kind,
        customer_id,
        subject,
        raised_on,
        money,
        probability
    from kept_raised_alerts
    where raised_on < $as_of
    union all
    select
        kind,
        customer_id,
        subject,
        $as_of as raised_on,
        money,
        probability
    from work_items
),

timed as (
    select
        kind,
        customer_id,
        subject,
        raised_on,
        case kind
            when 'category_risk' then cast(raised_on + interval 60 day as date)
            else cast(raised_on + interval 90 day as date)
        end as until,
        money,
        probability
    from alerts
),

in_turn as (
    select
        kind,
        customer_id,
        subject,
        raised_on,
        until,
        money,
        probability,
        lag(until) over (partition by kind, customer_id, subject order by raised_on) as until_before
    from timed
)

select
    cast(t.kind as varchar) as kind,
    cast(t.customer_id as varchar) as customer_id,
    cast(t.subject as varchar) as subject,
    cast(c.owner_rep_id as varchar) as owner_rep_id,
    cast(t.raised_on as date) as raised_on,
    cast(t.until as date) as until,
    cast(t.money as decimal(18, 2)) as money,
    cast(t.probability as double) as probability
from in_turn as t
inner join customers as c on t.customer_id = c.customer_id
where coalesce(t.until_before, t.raised_on) <= t.raised_on
