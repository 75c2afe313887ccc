-- What they close: won and lost in the period by person, how sure a win rate is, size, pace and discount of deals, the
-- book. The likely win rate draws a person's own towards that of the whole company in the last 365 days, the more the
-- fewer were decided (beta-binomial, empirical Bayes); its interval holds nine in ten, by the normal approximation of
-- the log odds. Where fewer than five people decided anything it is drawn towards one half with the weight of a single
-- deal. Ahead or behind is said where the interval leaves the company's rate out, and never below five decisions, where
-- there is no share either; sorted by the lower end, so that a few lucky deals lead no list. Time to close is the
-- Kaplan-Meier median of requests of the last 12 months, open ones censored. The first answer is the median of requests
-- of the period. Discounts are means of the decisions whose mix is known, beside what everybody gives on the same
-- segments and categories. Of a team are the deals its people decided while they were in it, and those they have open;
-- named is the team of today.
-- grain: rep
-- needs: decisions
-- params: date_from date, date_to date, team text
-- units: rep_id id, rep text, team text, kind label, won count, lost count, win_rate ratio, win_rate_likely ratio,
--   win_rate_low ratio, win_rate_high ratio, standing label, won_value money, average_won money, median_won money,
--   median_days_to_close days, response_days days, discount_depth ratio, usual_depth ratio, accounts count,
--   main_segment label, main_segment_share ratio, known_since month
-- excludes: people without a decision, request or account, and decisions whose day is not known
with decided as (
    select
        n.rep_id,
        n.counts_as_won,
        n.counts_as_lost,
        n.amount,
        case when u.discount_depth is not null then n.discount_depth end as discount_depth,
        case when n.discount_depth is not null then u.discount_depth end as usual_depth
    from negotiations as n
    left join usual_discounts as u on n.segment = u.segment and n.category = u.category
    where
        not n.is_open
        and n.closed_on between $date_from and $date_to
        and ($team is null or n.team = $team)
),

decisions as (
    select
        rep_id,
        count(*) filter (where counts_as_won) as won,
        count(*) filter (where counts_as_lost) as lost,
        sum(amount) filter (where counts_as_won) as won_value,
        count(amount) filter (where counts_as_won) as won_valued,
        median(amount) filter (where counts_as_won) as median_won,
        avg(discount_depth) as discount_depth,
        avg(usual_depth) as usual_depth
    from decided
    group by rep_id
),

answers as (
    select rep_id, median(response_days) as response_days
    from negotiations
    where requested_on between $date_from and $date_to and ($team is null or team = $team)
    group by rep_id
),

watched as (
    select
        rep_id as member,
        watched_days as days,
        not is_open as is_ended
    from negotiations
    where
        counts_in_closing_time
        and requested_on > $date_to::date - interval 1 year
        and ($team is null or team = $team)
),

closing_times as (
    select
        member as rep_id,
        survival_days(days, surviving, 0.5) as days
    from survival(watched)
    group by member
),

people as (
    select
        r.rep_id,
        r.name,
        r.team,
        r.kind,
        coalesce(d.won, 0) as won,
        coalesce(d.lost, 0) as lost,
        d.won_value,
        d.won_valued,
        d.median_won,
        d.discount_depth,
        d.usual_depth,
        a.response_days,
        c.days as median_days_to_close,
        b.accounts,
        b.main_segment,
        b.main_segment_share,
        b.known_since,
        coalesce(w.win_rate, 0.5) as company_rate,
        coalesce(w.win_rate * w.weight, 0.5) + coalesce(d.won, 0) as likely_won,
        coalesce((1 - w.win_rate) * w.weight, 0.5) + coalesce(d.lost, 0) as likely_lost
    from sales_reps as r
    inner join rep_books as b on r.rep_id = b.rep_id
    left join decisions as d on r.rep_id = d.rep_id
    left join answers as a on r.rep_id = a.rep_id
    left join closing_times as c on r.rep_id = c.rep_id
    left join peer_win_rates as w on true
    where
        d.rep_id is not null
        or a.rep_id is not null
        or (b.accounts > 0 and ($team is null or r.team = $team))
),

likely as (
    select
        *,
        case when likely_won > 0 and likely_lost > 0 then ln(likely_won / likely_lost) end as log_odds,
        case when likely_won > 0 and likely_lost > 0 then nine_in_ten() * sqrt(1 / likely_won + 1 / likely_lost) end
            as spread
    from people
),

judged as (
    select
        *,
        1 / (1 + exp(spread - log_odds)) as win_rate_low,
        1 / (1 + exp(-spread - log_odds)) as win_rate_high
    from likely
)

select
    rep_id,
    name as rep,
    team,
    kind,
    won,
    lost,
    case when enough(won + lost) then win_rate(won, lost) end as win_rate,
    likely_won / (likely_won + likely_lost) as win_rate_likely,
    win_rate_low,
    win_rate_high,
    case
        when not enough(won + lost) then 'too_few'
        when win_rate_low > company_rate then 'ahead'
        when win_rate_high < company_rate then 'behind'
        else 'cannot_tell'
    end as standing,
    cast(coalesce(won_value, 0) as decimal(18, 2)) as won_value,
    average_won(won_value, won_valued) as average_won,
    cast(median_won as decimal(18, 2)) as median_won,
    median_days_to_close,
    response_days,
    discount_depth,
    usual_depth,
    accounts,
    main_segment,
    main_segment_share,
    known_since
from judged
order by enough(won + lost) desc, win_rate_low desc nulls last, rep_id
