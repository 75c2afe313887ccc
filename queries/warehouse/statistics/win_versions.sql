-- Win probability, versions: every version of a quote that had been asked for by the as-of day, as it was known then.
-- Amount, discount and validity are known from the day of issue on, or from the request on where that is not known; the
-- outcome of the negotiation from the day of the decision on. Discount is against the list price, over the lines that
-- have one. Left out are negotiations decided on an unknown day.
-- grain: quote
-- params: as_of date
select
    cast(v.quote_id as varchar) as quote_id,
    cast(v.negotiation_id as varchar) as negotiation_id,
    cast(v.customer_id as varchar) as customer_id,
    cast(v.rep_id as varchar) as rep_id,
    cast(n.segment as varchar) as segment,
    cast(v.channel as varchar) as channel,
    cast(n.source as varchar) as source,
    cast(v.category as varchar) as category,
    cast(v.requested_on as date) as requested_on,
    cast(case when v.issued_on <= cast($as_of as date) then v.issued_on end as date) as issued_on,
    cast(case when coalesce(v.issued_on, v.requested_on) <= cast($as_of as date) then v.amount end as double) as amount,
    cast(case when coalesce(v.issued_on, v.requested_on) <= cast($as_of as date) then v.discount_depth end as double) as discount_depth,
    cast(case when coalesce(v.issued_on, v.requested_on) <= cast($as_of as date) then v.valid_until end as date) as valid_until,
    cast(v.expected_close_on as date) as expected_close_on,
    cast(case when n.closed_on <= cast($as_of as date) then n.outcome end as varchar) as outcome,
    cast(case when n.closed_on <= cast($as_of as date) then n.closed_on end as date) as closed_on
from quote_versions as v
inner join negotiations as n on v.negotiation_id = n.negotiation_id
where v.requested_on <= cast($as_of as date) and n.counts_in_closing_time
