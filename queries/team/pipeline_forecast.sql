-- Pipeline to come: what open negotiations are expected to be won for within 30, 60 and 90 days, person by person.
-- Expected is the sum of amounts times the probability to be won within those days. Commit are deals whose probability
-- to be won in the end is 0.7 or more, likely from 0.5, best case from 0.25; each counts in full, and once. What
-- somebody closed here counts no more. Past expected are those of them whose expected day has passed; what they are
-- expected to be won for is told from deals like them, not from that day.
-- grain: rep, and all of them together first
-- needs: quote_amounts
-- params: decided json, as_of date, team text
-- units: rep_id id, rep label, team text, deals count, open_value money, past_expected count, past_expected_value
--   money, commit_value money, likely_value money, best_case_value money, won_30_days money, won_60_days money,
--   won_90_days money, won_90_low money, won_90_high money
-- reads: parts.negotiations.current_deals
-- excludes: negotiations of nobody, and those without a probability, for too few were decided
with deals as (
    select
        n.rep_id,
        r.name as rep,
        r.team,
        n.amount,
        n.is_past_expected,
        w.win_probability,
        cast(n.amount as double) * w.won_30_days as won_30_days,
        cast(n.amount as double) * w.won_60_days as won_60_days,
        cast(n.amount as double) * w.won_90_days as won_90_days,
        cast(n.amount as double) * cast(n.amount as double) * w.won_90_days * (1 - w.won_90_days) as variance
    from current_deals as n
    inner join sales_reps as r on n.rep_id = r.rep_id
    inner join win_probabilities as w on n.negotiation_id = w.negotiation_id
    where n.counts_as_open and w.win_probability is not null and ($team is null or r.team = $team)
),

summed as (
    select
        rep_id,
        any_value(rep) as rep,
        any_value(team) as team,
        count(*) as deals,
        sum(amount) as open_value,
        count(*) filter (where is_past_expected) as past_expected,
        coalesce(sum(amount) filter (where is_past_expected), 0) as past_expected_value,
        coalesce(sum(amount) filter (where win_probability >= 0.7), 0) as commit_value,
        coalesce(sum(amount) filter (where win_probability >= 0.5 and win_probability < 0.7), 0) as likely_value,
        coalesce(sum(amount) filter (where win_probability >= 0.25 and win_probability < 0.5), 0) as best_case_value,
        sum(won_30_days) as won_30_days,
        sum(won_60_days) as won_60_days,
        sum(won_90_days) as won_90_days,
        eight_in_ten() * sqrt(sum(variance)) as spread
    from deals
    group by grouping sets ((), (rep_id))
)

select
    rep_id,
    case when rep_id is not null then rep else 'all_people' end as rep,
    case when rep_id is not null then team end as team,
    deals,
    cast(open_value as decimal(18, 2)) as open_value,
    past_expected,
    cast(past_expected_value as decimal(18, 2)) as past_expected_value,
    cast(commit_value as decimal(18, 2)) as commit_value,
    cast(likely_value as decimal(18, 2)) as likely_value,
    cast(best_case_value as decimal(18, 2)) as best_case_value,
    cast(won_30_days as decimal(18, 2)) as won_30_days,
    cast(won_60_days as decimal(18, 2)) as won_60_days,
    cast(won_90_days as decimal(18, 2)) as won_90_days,
    cast(case when won_90_days is not null then greatest(won_90_days - spread, 0) end as decimal(18, 2)) as won_90_low,
    cast(won_90_days + spread as decimal(18, 2)) as won_90_high
from summed
where deals > 0
order by case when rep_id is null then 0 else 1 end, won_90_days desc nulls last, rep_id
