-- Pipeline, then and now: what was open when the period began, what changed it, and what is open at its end.
-- Created, opened again, won and lost are all of the period; raised and lowered is what the worth of the others changed
-- by. Where the pipeline is narrowed to what is expected to close within so many days from the end of the period,
-- slipped were due by then at the start and no longer are, pulled in the other way round. Closed here is what somebody
-- closed as lost and the data do not say yet. It adds up to the cent.
-- grain: one row
-- needs: quote_amounts
-- params: decided json, as_of date, date_from date, date_to date, segment text, owner text, due_days integer
-- units: start_value money, created money, reopened money, pulled_in money, raised money, lowered money, slipped money,
--   won_value money, lost_value money, closed_here money, end_value money, start_deals count, created_deals count,
--   reopened_deals count, pulled_in_deals count, raised_deals count, lowered_deals count, slipped_deals count,
--   won_deals count, lost_deals count, closed_here_deals count, end_deals count
-- reads: parts.negotiations.pipeline_deals, parts.negotiations.pipeline_movements
with totals as (
    select
        coalesce(sum(abs(amount)) filter (where movement = 'created'), 0) as created,
        count(*) filter (where movement = 'created') as created_deals,
        coalesce(sum(abs(amount)) filter (where movement = 'reopened'), 0) as reopened,
        count(*) filter (where movement = 'reopened') as reopened_deals,
        coalesce(sum(abs(amount)) filter (where movement = 'pulled_in'), 0) as pulled_in,
        count(*) filter (where movement = 'pulled_in') as pulled_in_deals,
        coalesce(sum(abs(amount)) filter (where movement = 'raised'), 0) as raised,
        count(*) filter (where movement = 'raised') as raised_deals,
        coalesce(sum(abs(amount)) filter (where movement = 'lowered'), 0) as lowered,
        count(*) filter (where movement = 'lowered') as lowered_deals,
        coalesce(sum(abs(amount)) filter (where movement = 'slipped'), 0) as slipped,
        count(*) filter (where movement = 'slipped') as slipped_deals,
        coalesce(sum(abs(amount)) filter (where movement = 'won'), 0) as won_value,
        count(*) filter (where movement = 'won') as won_deals,
        coalesce(sum(abs(amount)) filter (where movement = 'lost'), 0) as lost_value,
        count(*) filter (where movement = 'lost') as lost_deals,
        coalesce(sum(abs(amount)) filter (where movement = 'closed_here'), 0) as closed_here,
        count(*) filter (where movement = 'closed_here') as closed_here_deals
    from pipeline_movements
),

ends as (
    select
        coalesce(sum(started), 0) as start_value,
        coalesce(sum(ended), 0) as end_value,
        count(*) filter (where is_started) as start_deals,
        count(*) filter (where is_ended) as end_deals
    from pipeline_deals
)

select
    cast(start_value as decimal(18, 2)) as start_value,
    cast(created as decimal(18, 2)) as created,
    cast(reopened as decimal(18, 2)) as reopened,
    cast(pulled_in as decimal(18, 2)) as pulled_in,
    cast(raised as decimal(18, 2)) as raised,
    cast(lowered as decimal(18, 2)) as lowered,
    cast(slipped as decimal(18, 2)) as slipped,
    cast(won_value as decimal(18, 2)) as won_value,
    cast(lost_value as decimal(18, 2)) as lost_value,
    cast(closed_here as decimal(18, 2)) as closed_here,
    cast(end_value as decimal(18, 2)) as end_value,
    start_deals,
    created_deals,
    reopened_deals,
    pulled_in_deals,
    raised_deals,
    lowered_deals,
    slipped_deals,
    won_deals,
    lost_deals,
    closed_here_deals,
    end_deals
from ends
cross join totals
