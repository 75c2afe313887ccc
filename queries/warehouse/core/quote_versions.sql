-- Versions of quotes: every quote with the negotiation it belongs to, its worth and its discount against list.
-- Quotes that revise the same first quote are versions of one part. Parts that were split from a part, or merged into
-- one, belong to its negotiation, over two steps at most. What counts now is the newest version of each part that
-- was neither merged away nor replaced by a split; where none is left, the newest version of all. A version
-- counts until the next one of its part is asked for, that of a part merged or split until the next one of the
-- negotiation. Amounts convert at the rate of the day of the request; the rep is that of the newest version that
-- counts.
-- grain: quote
-- params: as_of date
-- scope: rep_id
-- sort: customer_id, negotiation_id, version
with quotes as (
    select
        coalesce(revision_of, quote_id) as part_id,
        quote_id,
        coalesce(merged_into, split_from) as belongs_to,
        merged_into,
        split_from
    from input_quotes
),

pointers as (
    select
        quotes.part_id,
        min(case when target.part_id <> quotes.part_id then target.part_id end) as belongs_to,
        max(case when quotes.merged_into is not null and target.part_id <> quotes.part_id then 1 else 0 end)
            as is_merged
    from quotes
    left join quotes as target on quotes.belongs_to = target.quote_id
    group by quotes.part_id
),

split_parts as (
    select distinct target.part_id
    from quotes
    inner join quotes as target on quotes.split_from = target.quote_id
    where target.part_id <> quotes.part_id
),

parts as (
    select
        p.part_id,
        coalesce(second_step.belongs_to, first_step.part_id, p.part_id) as negotiation_id,
        p.is_merged = 1 or split_parts.part_id is not null as is_replaced
    from pointers as p
    left join pointers as first_step on p.belongs_to = first_step.part_id
    left join pointers as second_step on first_step.part_id = second_step.part_id
    left join split_parts on p.part_id = split_parts.part_id
),

line_values as (
    select
        l.quote_id,
        p.category,
        sum(round(cast(l.quantity as decimal(19, 3)) * l.unit_price, 2)) as net,
        sum(round(cast(l.quantity as decimal(19, 3)) * l.list_price, 2)) as list_value,
        sum(
            case when l.list_price is not null then round(cast(l.quantity as decimal(19, 3)) * l.unit_price, 2) end
        ) as listed_net
    from input_quote_lines as l
    left join input_products as p on l.product_id = p.product_id
    group by l.quote_id, p.category
),

main_categories as (
    select
        quote_id,
        category,
        sum(list_value) over (partition by quote_id) as list_value,
        sum(listed_net) over (partition by quote_id) as listed_net,
        row_number() over (partition by quote_id order by net desc, category nulls last) as largest_first
    from line_values
),

versions as (
    select
        q.quote_id,
        q.customer_id,
        coalesce(q.rep_id, h.rep_id) as rep_id,
        q.lead_id,
        q.channel,
        q.requested_on,
        q.issued_on,
        round(cast(q.amount as decimal(19, 2)) * r.rate, 2) as amount,
        q.valid_until,
        q.expected_close_on,
        q.outcome,
        q.closed_on,
        q.outcome_reason,
        parts.negotiation_id,
        parts.is_replaced,
        row_number() over (
            partition by parts.part_id
            order by q.requested_on desc, q.issued_on desc nulls last, q.quote_id desc
        ) as newest_of_part,
        lead(q.requested_on) over (
            partition by parts.part_id
            order by q.requested_on, q.issued_on nulls first, q.quote_id
        ) as revised_on,
        lead(q.requested_on) over (
            partition by parts.negotiation_id
            order by q.requested_on, q.issued_on nulls first, q.quote_id
        ) as followed_on,
        row_number() over (
            partition by parts.negotiation_id
            order by q.requested_on, q.issued_on nulls first, q.quote_id
        ) as version
    from input_quotes as q
    inner join parts on coalesce(q.revision_of, q.quote_id) = parts.part_id
    inner join stg_rates as r on q.currency = r.currency and q.requested_on = r.day
    left join stg_account_owners as h
        on
            q.rep_id is null
            and q.customer_id = h.customer_id
            and coalesce(q.closed_on, cast($as_of as date)) >= h.starts_on
            and coalesce(q.closed_on, cast($as_of as date)) < h.past_end
),

ranked as (
    select
        versions.*,
        row_number() over (
            partition by negotiation_id
            order by is_replaced, newest_of_part, requested_on desc, issued_on desc nulls last, quote_id desc
        ) as newest_first
    from versions
),

leading_versions as (
    select negotiation_id, customer_id, rep_id
    from ranked
    where newest_first = 1
)

select
    cast(v.quote_id as varchar) as quote_id,
    cast(v.negotiation_id as varchar) as negotiation_id,
    cast(v.version as bigint) as version,
    cast(l.customer_id as varchar) as customer_id,
    cast(l.rep_id as varchar) as rep_id,
    cast(v.lead_id as varchar) as lead_id,
    cast(v.channel as varchar) as channel,
    cast(v.requested_on as date) as requested_on,
    cast(v.issued_on as date) as issued_on,
    cast(v.amount as decimal(18, 2)) as amount,
    cast(m.category as varchar) as category,
    cast(
        1 - cast(m.listed_net as double) / nullif(cast(m.list_value as double), 0) as double
    ) as discount_depth,
    cast(v.valid_until as date) as valid_until,
    cast(v.expected_close_on as date) as expected_close_on,
    cast(v.outcome as varchar) as outcome,
    cast(v.closed_on as date) as closed_on,
    cast(v.outcome_reason as varchar) as outcome_reason,
    cast(
        case
            when v.newest_first > 1 and (v.is_replaced or v.newest_of_part > 1)
                then coalesce(v.revised_on, v.followed_on, v.requested_on)
        end as date
    ) as counts_until,
    cast(v.newest_first = 1 as boolean) as is_leading,
    cast(v.newest_first = 1 or (not v.is_replaced and v.newest_of_part = 1) as boolean) as is_current
from ranked as v
inner join leading_versions as l on v.negotiation_id = l.negotiation_id
left join main_categories as m on v.quote_id = m.quote_id and m.largest_first = 1
