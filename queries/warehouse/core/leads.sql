-- Leads: companies that showed interest, with what is known of their size and what became of them.
-- Marks are 0 to 1 on a logarithmic scale: full at a turnover of 10^12, a yearly volume of 10^9, 10^4 outlets.
-- grain: lead
-- scope: rep_id
-- ecommerce: none
select
    cast(l.lead_id as varchar) as lead_id,
    cast(l.created_on as date) as created_on,
    cast(l.company as varchar) as company,
    cast(l.source as varchar) as source,
    cast(l.segment as varchar) as segment,
    cast(l.rep_id as varchar) as rep_id,
    cast(r.name as varchar) as rep_name,
    cast(l.customer_id as varchar) as customer_id,
    cast(l.status as varchar) as status,
    cast(l.rejected_reason as varchar) as rejected_reason,
    cast(l.first_response_on as date) as first_response_on,
    cast(l.outlets as bigint) as outlets,
    cast(l.annual_turnover as decimal(18, 2)) as annual_turnover,
    cast(l.expected_annual_volume as decimal(18, 2)) as expected_annual_volume,
    cast(
        case
            when l.annual_turnover is not null
                then least(ln(1 + greatest(cast(l.annual_turnover as double), 0)) / 2.302585092994046 / 12, 1)
        end as double
    ) as turnover_mark,
    cast(
        case
            when l.expected_annual_volume is not null
                then least(ln(1 + greatest(cast(l.expected_annual_volume as double), 0)) / 2.302585092994046 / 9, 1)
        end as double
    ) as volume_mark,
    cast(
        case
            when l.outlets is not null then least(ln(1 + cast(l.outlets as double)) / 2.302585092994046 / 4, 1)
        end as double
    ) as outlets_mark
from input_leads as l
left join input_sales_reps as r on l.rep_id = r.rep_id
