-- Leads: companies that showed interest, with what is known of their size and what became of them.
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
    cast(l.expected_annual_volume as decimal(18, 2)) as expected_annual_volume
from input_leads as l
left join input_sales_reps as r on l.rep_id = r.rep_id
