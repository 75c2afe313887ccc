-- Negotiation figures: conversion, win rate, time to close and what is open.
-- Quote-to-order conversion is quotes ordered over quotes issued, by cohort of issue, revisions counted once. Only
-- mature quotes count: the period is moved back by the days within which nine of ten orders followed their quote. Win
-- rate is won over won and lost, of the negotiations closed in the period. Time to close is the Kaplan-Meier median of
-- days from request to decision for requests of the last 12 months, open ones counted as censored. Open are those
-- undecided in the data that nobody closed here; closed here are counted apart until the data agree. Past expected are
-- open ones whose expected day has passed; slipping those expected this month that will not be decided in it.
-- grain: one row
-- params: decided json, as_of date, date_from date, date_to date, base_from date, base_to date, segment text, owner
--   text
-- units: conversion ratio, conversion_base ratio, issued count, maturity_days days, cohort_from date, cohort_to date,
--   win_rate ratio, win_rate_base ratio, won count, lost count, average_won money, average_won_base money, open_value
--   money, open_negotiations count, without_amount count, past_expected_value money, past_expected count,
--   slipping_value money, slipping count, closed_here_value money, closed_here count, median_days_to_close days
-- excludes: from win rate, average won and time to close, decisions whose day is not known; from values and average
--   won, deals without an amount
-- reads: parts.negotiations.current_deals, parts.negotiations.lifetimes
with chosen as (
    select *
    from current_deals
    where
        ($segment is null or segment = $segment)
        and ($owner is null or rep_id = $owner)
),

maturity as (
    select maturity_days(date_diff('day', issued_on, ordered_on)) as days
    from chosen
    where ordered_on >= issued_on
),

cohorts as (
    select
        count(*) filter (where is_now) as issued,
        count(*) filter (where is_now and is_ordered) as ordered,
        count(*) filter (where not is_now) as issued_base,
        count(*) filter (where not is_now and is_ordered) as ordered_base
    from (
        select
            c.issued_on >= $date_from::date - m.days as is_now,
            c.is_ordered
        from chosen as c
        cross join maturity as m
        where
            c.is_quoted
            and (
                c.issued_on between $date_from::date - m.days and $date_to::date - m.days
                or c.issued_on between $base_from::date - m.days and $base_to::date - m.days
            )
    )
),

decided as (
    select
        count(*) filter (where counts_as_won and closed_on >= $date_from) as won,
        count(*) filter (where counts_as_lost and closed_on >= $date_from) as lost,
        count(*) filter (where counts_as_won and closed_on <= $base_to) as won_base,
        count(*) filter (where counts_as_lost and closed_on <= $base_to) as lost_base,
        sum(amount) filter (where counts_as_won and closed_on >= $date_from) as won_value,
        sum(amount) filter (where counts_as_won and closed_on <= $base_to) as won_value_base,
        count(amount) filter (where counts_as_won and closed_on >= $date_from) as won_valued,
        count(amount) filter (where counts_as_won and closed_on <= $base_to) as won_valued_base
    from chosen
    where closed_on between $date_from and $date_to or closed_on between $base_from and $base_to
),

pending as (
    select
        count(*) filter (where counts_as_open) as negotiations,
        sum(amount) filter (where counts_as_open) as amount,
        count(*) filter (where counts_as_open and amount is null) as without_amount,
        count(*) filter (where is_past_expected) as past_expected,
        sum(amount) filter (where is_past_expected) as past_expected_value,
        count(*) filter (where is_slipping) as slipping,
        sum(amount) filter (where is_slipping) as slipping_value,
        count(*) filter (where is_closed_here) as closed_here,
        sum(amount) filter (where is_closed_here) as closed_here_value
    from chosen
    where is_open
),

watched as (
    select
        null as member,
        days,
        is_closed as is_ended
    from lifetimes
    where requested_on > $date_to::date - interval 1 year
)

select
    cohorts.ordered / nullif(cohorts.issued, 0) as conversion,
    cohorts.ordered_base / nullif(cohorts.issued_base, 0) as conversion_base,
    cohorts.issued,
    maturity.days as maturity_days,
    cast($date_from::date - maturity.days as date) as cohort_from,
    cast($date_to::date - maturity.days as date) as cohort_to,
    win_rate(decided.won, decided.lost) as win_rate,
    win_rate(decided.won_base, decided.lost_base) as win_rate_base,
    decided.won,
    decided.lost,
    average_won(decided.won_value, decided.won_valued) as average_won,
    average_won(decided.won_value_base, decided.won_valued_base) as average_won_base,
    cast(coalesce(pending.amount, 0) as decimal(18, 2)) as open_value,
    pending.negotiations as open_negotiations,
    pending.without_amount,
    cast(coalesce(pending.past_expected_value, 0) as decimal(18, 2)) as past_expected_value,
    pending.past_expected,
    cast(coalesce(pending.slipping_value, 0) as decimal(18, 2)) as slipping_value,
    pending.slipping,
    cast(coalesce(pending.closed_here_value, 0) as decimal(18, 2)) as closed_here_value,
    pending.closed_here,
    (select survival_days(s.days, s.surviving, 0.5) from survival(watched) as s) as median_days_to_close
from cohorts
cross join maturity
cross join decided
cross join pending
