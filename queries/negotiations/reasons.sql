-- Reasons of decisions: why negotiations closed in the period were won, and why lost, against the comparison period.
-- The reason is that of the newest version. Share is of all won, or of all lost, with an interval that holds nine of
-- ten (Wilson); where fewer than five were decided that way, there is none. More or less often is said only where the
-- interval of the difference to the comparison share (Newcombe) leaves out zero.
-- grain: outcome and reason
-- needs: decisions
-- params: date_from date, date_to date, base_from date, base_to date, segment text, owner text
-- units: outcome label, outcome_reason label, decided count, decided_base count, share ratio, share_low ratio,
--   share_high ratio, share_base ratio, tendency label, amount money, amount_base money, alike count
-- excludes: decisions whose day is not known
with reasons as (
    select
        outcome,
        coalesce(outcome_reason, 'no_reason') as reason,
        count(*) filter (where closed_on >= $date_from) as decided,
        count(*) filter (where closed_on <= $base_to) as decided_base,
        coalesce(sum(amount) filter (where closed_on >= $date_from), 0) as amount,
        coalesce(sum(amount) filter (where closed_on <= $base_to), 0) as amount_base
    from negotiations
    where
        not is_open
        and (closed_on between $date_from and $date_to or closed_on between $base_from and $base_to)
        and ($segment is null or segment = $segment)
        and ($owner is null or rep_id = $owner)
    group by outcome, coalesce(outcome_reason, 'no_reason')
),

totals as (
    select
        *,
        cast(sum(decided) over by_outcome as double) as n,
        cast(sum(decided_base) over by_outcome as double) as n_base
    from reasons
    window by_outcome as (partition by outcome)
),

shares as (
    select
        *,
        rate(decided, n) as share,
        wilson_low(decided, n) as share_low,
        wilson_high(decided, n) as share_high,
        rate(decided_base, n_base) as share_base,
        wilson_low(decided_base, n_base) as share_base_low,
        wilson_high(decided_base, n_base) as share_base_high
    from totals
),

differences as (
    select
        *,
        share - share_base
        - sqrt(power(share - share_low, 2) + power(share_base_high - share_base, 2)) as difference_low,
        share - share_base
        + sqrt(power(share_high - share, 2) + power(share_base - share_base_low, 2)) as difference_high
    from shares
)

select
    outcome,
    reason as outcome_reason,
    decided,
    if_compared($base_to, decided_base) as decided_base,
    share,
    share_low,
    share_high,
    share_base,
    case
        when difference_low is null then 'too_few'
        when difference_low > 0 then 'more_often'
        when difference_high < 0 then 'less_often'
        else 'cannot_tell'
    end as tendency,
    cast(amount as decimal(18, 2)) as amount,
    cast(if_compared($base_to, amount_base) as decimal(18, 2)) as amount_base,
    cast(n as bigint) as alike
from differences
order by outcome, decided desc, decided_base desc, reason
