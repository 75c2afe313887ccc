-- Due now: what is due of deals, contracts and contacts, as people decided about the close of deals since the data were
-- loaded. What somebody closed here is due no more. A deal that somebody gave another day is due by that day alone,
-- where its offer does not end before: within 14 or 30 days of it, or once it has passed.
-- grain: kind, customer and subject
-- params: decided json, as_of date
-- reads: parts.negotiations.current_deals
with decided_here as (
    select
        n.*,
        w.win_probability,
        i.due_on as offer_ends_on
    from current_deals as n
    left join win_probabilities as w on n.negotiation_id = w.negotiation_id
    left join due_items as i on i.kind = 'deal' and i.subject = n.negotiation_id and i.reason = 'offer_ends'
    where n.is_closed_here or n.is_dated_here
),

dated_here as (
    select
        *,
        case
            when offer_ends_on is not null then 'offer_ends'
            when is_past_expected then 'past_expected'
            when expected_close_on <= $as_of::date + 14 then 'decision_14'
            when expected_close_on <= $as_of::date + 30 then 'decision_30'
        end as reason
    from decided_here
    where is_dated_here
)

select *
from due_items
where kind <> 'deal' or subject not in (select d.negotiation_id from decided_here as d)
union all by name
select
    'deal' as kind,
    customer_id,
    negotiation_id as subject,
    customer_name,
    rep_id,
    reason,
    coalesce(offer_ends_on, expected_close_on) as due_on,
    amount as money,
    win_probability as probability,
    closes_on as told_close_on
from dated_here
where reason is not null
