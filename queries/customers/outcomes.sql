-- Outcomes: what followed the actions that were accepted, by kind, against what was to be expected anyway.
-- An action was followed when within its days (90 for a silent account, 60 for a category, 90 for growth) the account
-- ordered again, bought of the category again, or bought any of the products proposed on that day; revenue is what
-- that brought in these days. Expected are those that would have come by themselves, by the chance given when the
-- action was accepted, with an interval that holds nine of ten. Only actions whose days are over are counted.
-- grain: kind
-- params: accepted json, date_to date, segment text, owner text
-- units: alert label, actions count, matured count, followed count, expected score, expected_low score, expected_high
--   score, revenue money
-- excludes: accounts that are not in the data any more
with decisions as (
    select unnest(
        from_json(
            coalesce($accepted, '[]'),
            '[{"kind": "varchar", "customer_id": "varchar", "subject": "varchar", "accepted_on": "date",
            "probability": "double"}]'
        ),
        max_depth := 2
    )
),

actions as (
    select
        d.kind,
        d.customer_id,
        d.subject,
        d.accepted_on,
        d.accepted_on + horizon_days(d.kind) as until,
        case when d.kind = 'growth' then d.probability else 1 - d.probability end as chance
    from decisions as d
    inner join customers as c on d.customer_id = c.customer_id
    where ($segment is null or c.segment = $segment) and ($owner is null or c.owner_rep_id = $owner)
),

-- Of an account any of what was proposed to it counts; a proposal was of one product before.
proposed as (
    select distinct
        a.customer_id,
        a.accepted_on,
        p.product_id
    from actions as a
    inner join proposed_products as p
        on a.customer_id = p.customer_id and a.accepted_on between p.proposed_from and p.proposed_until
    where a.kind = 'growth' and a.subject = 'account'
),

sales as (
    select
        a.kind,
        a.customer_id,
        a.subject,
        sum(l.revenue) as revenue
    from actions as a
    inner join order_lines as l
        on a.customer_id = l.customer_id and l.ordered_on > a.accepted_on and l.ordered_on <= a.until
    left join products as p on l.product_id = p.product_id
    left join proposed as g
        on a.customer_id = g.customer_id and a.accepted_on = g.accepted_on and l.product_id = g.product_id
    where
        l.quantity > 0
        and (
            a.kind = 'late'
            or (a.kind = 'category_risk' and p.category = a.subject)
            or (a.kind = 'growth' and (l.product_id = a.subject or g.product_id is not null))
        )
    group by a.kind, a.customer_id, a.subject
),

followed as (
    select
        a.kind,
        a.until <= $date_to as is_over,
        a.chance,
        s.revenue
    from actions as a
    left join sales as s on a.kind = s.kind and a.customer_id = s.customer_id and a.subject = s.subject
),

sums as (
    select
        kind,
        count(*) as actions,
        count(*) filter (where is_over) as matured,
        count(*) filter (where is_over and revenue is not null) as followed,
        coalesce(sum(chance) filter (where is_over), 0) as expected,
        nine_in_ten() * sqrt(coalesce(sum(chance * (1 - chance)) filter (where is_over), 0)) as spread,
        coalesce(sum(revenue) filter (where is_over), 0) as revenue
    from followed
    group by kind
)

select
    kind as alert,
    actions,
    matured,
    followed,
    cast(expected as double) as expected,
    cast(greatest(expected - spread, 0) as double) as expected_low,
    cast(least(expected + spread, matured) as double) as expected_high,
    cast(revenue as decimal(18, 2)) as revenue
from sums
order by kind
