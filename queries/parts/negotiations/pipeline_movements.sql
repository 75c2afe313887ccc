-- Movements of the pipeline: each deal that entered, left or changed it within the period.
-- Amounts that left are below zero, and so is what a deal was lowered by; one whose amount became known was raised.
-- What was open when the period began and all of them together are what is open at its end.
-- grain: deal and movement
-- params: decided json, as_of date, date_from date, date_to date, segment text, owner text, due_days integer
-- reads: parts.negotiations.pipeline_deals
with deals as materialized (
    select *
    from pipeline_deals
)

select negotiation_id, came as movement, amount
from deals
where came is not null
union all
select
    negotiation_id,
    case when coalesce(amount, 0) > coalesce(started, 0) then 'raised' else 'lowered' end,
    coalesce(amount, 0) - coalesce(started, 0)
from deals
where is_started and coalesce(amount, 0) <> coalesce(started, 0) and (state <> 'open' or is_ended)
union all
select
    negotiation_id,
    case when state = 'open' then 'slipped' else state end,
    case when state = 'open' then -started else -amount end
from deals
where not is_ended and (is_started or came is not null)
