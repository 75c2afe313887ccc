-- Deals as they stand: each negotiation with what people decided about its close, and what its dates are worth.
-- What somebody closed as lost or gave another day holds from then on until the data agree or go on: taken over where
-- they say the same, contradicted where the deal was won, a further version was asked for after the day of the data
-- seen then, or another day is expected than then; over where a deal that was given a day is decided. Closed here is
-- what stands closed, so that it does not count as open. The expected day is the one that was set where it stands, else
-- that of the data; past it, it is believed no more. A day of decision told from deals like it is not told of one that
-- is overlong. Slipping are deals expected in the month of the as-of day that will not be decided in it: their day has
-- passed, or deals like them are decided later. The next step is the first that holds: answer the request, send the
-- quote, settle it (a new day, or lost) where the expected day has passed and it is overlong, ask for a new day where
-- it has passed, renew an offer that ran out or will within 14 days, reach a second person where one alone took part,
-- else follow up.
-- grain: negotiation
-- params: decided json, as_of date
-- reads: parts.shared.decisions
with close_decisions as (
    select
        subject as negotiation_id,
        customer_id,
        nullif(status, 'open') as close_decision,
        close_on,
        loaded_close_on,
        seen_on,
        version
    from decisions
    where kind = 'close'
),

last_requests as (
    select negotiation_id, max(requested_on) as last_requested_on
    from quote_versions
    where negotiation_id in (select c.negotiation_id from close_decisions as c)
    group by negotiation_id
),

held_to_data as (
    select
        c.*,
        case
            when c.close_decision is null then null
            when c.close_decision = 'closed_lost' and n.counts_as_lost then 'taken_over'
            when c.close_decision = 'date_set' and not n.is_open then 'over'
            when c.close_decision = 'date_set' and n.expected_close_on = c.close_on then 'taken_over'
            when
                n.counts_as_won
                or (n.expected_close_on is distinct from c.loaded_close_on)
                or (c.close_decision = 'closed_lost' and r.last_requested_on > c.seen_on)
                then 'contradicted'
            else 'stands'
        end as close_standing
    from close_decisions as c
    inner join negotiations as n on c.negotiation_id = n.negotiation_id and c.customer_id = n.customer_id
    left join last_requests as r on n.negotiation_id = r.negotiation_id
),

dated as (
    select
        n.* exclude (expected_close_on),
        d.close_decision,
        d.close_on,
        d.seen_on,
        d.close_standing,
        coalesce(d.version, 0) as close_version,
        n.expected_close_on as loaded_close_on,
        coalesce(d.close_decision = 'closed_lost' and d.close_standing = 'stands', false) as is_closed_here,
        coalesce(d.close_decision = 'date_set' and d.close_standing = 'stands', false) as is_dated_here,
        case
            when d.close_decision = 'date_set' and d.close_standing = 'stands' then d.close_on
            else n.expected_close_on
        end as expected_close_on,
        case when not n.is_overlong then w.expected_close_on end as closes_on
    from negotiations as n
    left join win_probabilities as w on n.negotiation_id = w.negotiation_id
    left join held_to_data as d on n.negotiation_id = d.negotiation_id
)

select
    *,
    is_open and not is_closed_here as counts_as_open,
    coalesce(is_open and not is_closed_here and expected_close_on < $as_of, false) as is_past_expected,
    coalesce(
        is_open
        and not is_closed_here
        and date_trunc('month', expected_close_on) = date_trunc('month', $as_of::date)
        and (expected_close_on < $as_of or closes_on > last_day($as_of::date)),
        false
    ) as is_slipping,
    case
        when is_closed_here then 'closed_here'
        when is_open and expected_close_on < $as_of then 'day_passed'
        when is_dated_here then 'day_set_here'
    end as day_standing,
    case
        when not is_open or is_closed_here then null
        when response_days is null then 'answer_request'
        when issued_on is null then 'send_quote'
        when expected_close_on < $as_of and is_overlong then 'settle'
        when expected_close_on < $as_of then 'ask_for_date'
        when valid_until <= $as_of::date + 14 then 'renew_offer'
        when people = 1 then 'second_person'
        else 'follow_up'
    end as next_step
from dated
