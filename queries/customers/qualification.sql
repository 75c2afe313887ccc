-- Qualification: open leads and new accounts in the order in which they deserve attention.
-- Score is 0 to 100: the company's turnover, the yearly volume expected, its outlets and, of accounts, the orders of
-- their first 90 days, each on a logarithmic scale (full marks at 10^12, 10^9, 10^4 and 10), weighted by segment; what
-- is not known takes no part, and known says how much of the weight is. Turnover weighs more than the first order: 50
-- thousand from a company of 10 billion comes before 100 thousand from one of 10 million. An account is new for 365
-- days after its first order, or after it was created if it has not ordered; where no yearly volume is expected of it,
-- the revenue of its first 90 days counts, times 365 / 90.
-- grain: lead or account
-- params: weights json, stage text, segment text, owner text, page_start integer, page_rows integer
-- units: stage label, lead_id id, customer_id id, company text, segment label, lead_score score, known ratio,
--   annual_turnover money, expected_annual_volume money, outlets count, orders count, first_order_on date, source text,
--   status label, created_on date, owner text, items count
-- excludes: leads that were converted or rejected; accounts that may have bought before the first order loaded
with weights as (
    select unnest(
        from_json(
            coalesce($weights, '[]'),
            '[{"segment": "varchar", "turnover": "double", "volume": "double", "outlets": "double",
            "frequency": "double"}]'
        ),
        max_depth := 2
    )
),

leads_and_accounts as (
    select
        'lead' as stage,
        lead_id,
        cast(null as varchar) as customer_id,
        company,
        segment,
        annual_turnover,
        expected_annual_volume,
        outlets,
        cast(null as bigint) as orders,
        cast(null as date) as first_order_on,
        source,
        status,
        created_on,
        rep_id,
        rep_name as owner,
        turnover_mark,
        volume_mark,
        outlets_mark,
        cast(null as double) as frequency_mark
    from leads
    where status in ('new', 'accepted')
    union all
    select
        'account' as stage,
        cast(null as varchar) as lead_id,
        n.customer_id,
        c.name as company,
        n.segment,
        c.annual_turnover,
        n.expected_annual_volume,
        c.outlets,
        n.orders,
        n.first_order_on,
        cast(null as varchar) as source,
        cast(null as varchar) as status,
        c.created_on,
        n.owner_rep_id as rep_id,
        c.owner_name as owner,
        n.turnover_mark,
        n.volume_mark,
        n.outlets_mark,
        n.frequency_mark
    from new_accounts as n
    inner join customers as c on n.customer_id = c.customer_id
    where n.is_new
),

marks as (
    select
        l.*,
        w.turnover + w.volume + w.outlets + case when l.stage = 'lead' then 0 else w.frequency end as weight,
        case when l.turnover_mark is null then 0 else w.turnover end
        + case when l.volume_mark is null then 0 else w.volume end
        + case when l.outlets_mark is null then 0 else w.outlets end
        + case when l.frequency_mark is null then 0 else w.frequency end as known_weight,
        w.turnover * coalesce(l.turnover_mark, 0)
        + w.volume * coalesce(l.volume_mark, 0)
        + w.outlets * coalesce(l.outlets_mark, 0)
        + w.frequency * coalesce(l.frequency_mark, 0) as points
    from leads_and_accounts as l
    left join weights as w on l.segment = w.segment
    where
        ($stage is null or l.stage = $stage)
        and ($segment is null or l.segment = $segment)
        and ($owner is null or l.rep_id = $owner)
)

select
    stage,
    lead_id,
    customer_id,
    company,
    segment,
    100 * points / nullif(known_weight, 0) as lead_score,
    known_weight / nullif(weight, 0) as known,
    annual_turnover,
    expected_annual_volume,
    outlets,
    orders,
    first_order_on,
    source,
    status,
    created_on,
    owner,
    cast(count(*) over () as bigint) as items
from marks
order by lead_score desc nulls last, stage, lead_id, customer_id
limit $page_rows offset $page_start
