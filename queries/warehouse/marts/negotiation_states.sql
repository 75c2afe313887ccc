-- States of negotiations: from which day to the day before which each was open, won or lost, its worth and expected
-- close. A day's state is that of the versions that counted at its end: open while one of them was undecided, else won
-- where one was won, and then worth what was won. From its last decision on a negotiation is as it ended. A decision
-- without a known day is as old as the negotiation's last event, and without events as its request.
-- grain: negotiation and first day of a state
-- scope: rep_id
-- sort: valid_from, negotiation_id
with versions as (
    select
        v.negotiation_id,
        v.requested_on,
        v.counts_until,
        v.amount,
        v.expected_close_on,
        v.outcome,
        case
            when v.outcome is not null then greatest(coalesce(v.closed_on, n.closed_on, n.requested_on), v.requested_on)
        end as closed_on
    from quote_versions as v
    inner join negotiations as n on v.negotiation_id = n.negotiation_id
),

changes as (
    select negotiation_id, requested_on as changed_on
    from versions
    union
    select negotiation_id, counts_until
    from versions
    where counts_until is not null
    union
    select negotiation_id, closed_on
    from versions
    where closed_on is not null
),

states as (
    select
        c.negotiation_id,
        c.changed_on,
        max(case when v.closed_on is null or v.closed_on > c.changed_on then 1 else 0 end) as is_open,
        max(case when v.outcome = 'won' and v.closed_on <= c.changed_on then 1 else 0 end) as is_won,
        sum(v.amount) as amount,
        sum(case when v.outcome = 'won' and v.closed_on <= c.changed_on then v.amount end) as won_amount,
        max(v.expected_close_on) as expected_close_on
    from changes as c
    inner join versions as v
        on
            c.negotiation_id = v.negotiation_id
            and c.changed_on >= v.requested_on
            and (v.counts_until is null or c.changed_on < v.counts_until)
    group by c.negotiation_id, c.changed_on
)

select
    cast(s.negotiation_id as varchar) as negotiation_id,
    cast(n.rep_id as varchar) as rep_id,
    cast(n.segment as varchar) as segment,
    cast(s.changed_on as date) as valid_from,
    cast(
        lead(s.changed_on) over (partition by s.negotiation_id order by s.changed_on) as date
    ) as valid_to,
    cast(case when s.is_open = 1 then 'open' when s.is_won = 1 then 'won' else 'lost' end as varchar) as state,
    cast(case when s.is_open = 0 and s.is_won = 1 then s.won_amount else s.amount end as decimal(18, 2)) as amount,
    cast(s.expected_close_on as date) as expected_close_on
from states as s
inner join negotiations as n on s.negotiation_id = n.negotiation_id
