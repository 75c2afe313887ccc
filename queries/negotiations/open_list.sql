-- Open negotiations: quotes still to be decided, how likely they are to be won, when, and what to do next.
-- Probability, close and its span (eight in ten) come from deals that looked like it at the same age; no close is told
-- of one that is open for longer than nine of ten decisions took. The usual discount is the median of won deals of its
-- segment and category, of its segment where fewer than ten are known. The next step is the first that holds: answer
-- the request, send the quote, settle it (a new day, or lost) where the expected day has passed and it is open for
-- longer than nine of ten decisions took, ask for a new day where it has passed, renew an offer that ran out or will
-- within 14 days, reach a second person where one alone took part, else follow up. Slipping are those expected this
-- month that will not be decided in it: their day has passed, or deals like them are decided later. What somebody
-- closed here is listed apart, when asked for.
-- grain: negotiation
-- params: decided json, segment text, owner text, search text, sort text, due text, next_step text, as_of date,
--   page_start integer, page_rows integer
-- units: negotiation_id id, customer_id id, customer text, segment label, amount money, win_probability ratio,
--   expected_value money, closes_on date, close_from date, close_until date, expected_close_on date, day_standing
--   label, slips count, stage text, stage_days days, age_days days, last_event_on date, valid_until date,
--   discount_depth ratio, usual_discount ratio, people count, next_step label, revisions count, negotiations count,
--   listed_value money
-- reads: parts.negotiations.current_deals
with usual_discounts as (
    select
        segment,
        category,
        grouping(category) = 1 as is_of_segment,
        count(*) as won,
        median(discount_depth) as discount_depth
    from negotiations
    where counts_as_won and discount_depth is not null
    group by grouping sets ((segment, category), (segment))
),

current_stages as (
    select negotiation_id, days
    from negotiation_visits
    where kind = 'stage' and next_place is null
    qualify row_number() over (partition by negotiation_id order by visit desc) = 1
),

pending as (
    select
        n.*,
        w.win_probability,
        case when n.closes_on is not null then w.close_from end as close_from,
        case when n.closes_on is not null then w.close_until end as close_until,
        s.days as stage_days,
        coalesce(alike.discount_depth, of_segment.discount_depth) as usual_discount
    from current_deals as n
    left join win_probabilities as w on n.negotiation_id = w.negotiation_id
    left join current_stages as s on n.negotiation_id = s.negotiation_id
    left join usual_discounts as alike
        on
            n.segment is not distinct from alike.segment
            and n.category = alike.category
            and not alike.is_of_segment
            and alike.won >= 10
    left join usual_discounts as of_segment
        on
            n.segment is not distinct from of_segment.segment
            and of_segment.is_of_segment
            and of_segment.won >= 10
    where
        (case when $due = 'closed_here' then n.is_closed_here else n.counts_as_open end)
        and ($segment is null or n.segment = $segment)
        and ($owner is null or n.rep_id = $owner)
        and (
            $search is null
            or contains(lower(n.customer_name), lower($search))
            or lower(n.negotiation_id) = lower($search)
        )
)

select
    negotiation_id,
    customer_id,
    customer_name as customer,
    segment,
    amount,
    win_probability,
    cast(cast(amount as double) * win_probability as decimal(18, 2)) as expected_value,
    closes_on,
    close_from,
    close_until,
    expected_close_on,
    day_standing,
    slips,
    stage,
    stage_days,
    age_days,
    last_event_on,
    valid_until,
    discount_depth,
    usual_discount,
    people,
    next_step,
    revisions,
    cast(count(*) over () as bigint) as negotiations,
    cast(sum(amount) over () as decimal(18, 2)) as listed_value
from pending
where
    ($next_step is null or next_step = $next_step)
    and (
        $due is null
        or ($due = 'closing_14' and closes_on <= $as_of::date + 14)
        or ($due = 'closing_30' and closes_on <= $as_of::date + 30)
        or ($due = 'expected_14' and expected_close_on between $as_of and $as_of::date + 14)
        or ($due = 'expected_30' and expected_close_on between $as_of and $as_of::date + 30)
        or ($due = 'past_expected' and is_past_expected)
        or ($due = 'slipping' and is_slipping)
        or $due = 'closed_here'
        or ($due = 'slipped' and slips > 0)
        or ($due = 'expiring' and valid_until between $as_of and $as_of::date + 14)
        or ($due = 'expired' and valid_until < $as_of)
    )
order by
    case when $sort = 'customer' then lower(customer_name) end,
    case when $sort = 'expected_close' then expected_close_on end nulls last,
    case when $sort = 'closes' then closes_on end nulls last,
    case
        when $sort = 'age' then age_days
        when $sort = 'probability' then win_probability
        when $sort = 'expected_value' then cast(amount as double) * win_probability
        else cast(amount as double)
    end desc nulls last,
    negotiation_id
limit $page_rows offset $page_start
