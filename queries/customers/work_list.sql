-- Work list: what to do next, most worth first: silent accounts, categories at risk and growth in one list.
-- Worth is the money at stake, or to be won, in 90 days times its probability. Groups of which many proposals are
-- dismissed sink: the worth counts times (accepted + 3) / (accepted + dismissed + 3). Who takes it up follows from
-- worth and spare capacity, unless somebody decided otherwise. What is open is listed, or what stands as asked for.
-- grain: kind, customer and subject
-- params: segment text, owner text, decided json, taught json, held_share ratio, least_chance ratio,
--   least_expected money, status text, alert text, channel text,
--   customer text, subject text, page_start integer, page_rows integer
-- units: alert label, customer_id id, subject id, customer text, about text, money money, probability ratio, worth
--   money, channel label, owner text, status label, until date, version count, days_since_last days,
--   usual_interval_days days, verdict label, usual_purchases score, recent_purchases count, changed_around date,
--   reason_product text, reason_category text, reason_share ratio, like_kind label, like_name text, like_is_sized flag,
--   like_buyers count, rhythm label, grade text, items count
-- excludes: customers held out to measure what the list is worth, and growth below the limits of chance and money
-- reads: parts.shared.decisions, parts.customers.worthwhile_growth
with lessons as (
    select unnest(
        from_json(coalesce($taught, '[]'), '[{"group_key": "varchar", "accepted": "double", "dismissed": "double"}]'),
        max_depth := 2
    )
),

listed as (
    select
        w.kind,
        w.customer_id,
        w.subject,
        w.money,
        w.probability,
        w.worth * coalesce((l.accepted + 3) / (l.accepted + l.dismissed + 3), 1) as worth,
        coalesce(d.channel, r.channel) as channel,
        coalesce(d.status, 'open') as status,
        d.until,
        coalesce(d.version, 0) as version
    from work_items as w
    inner join customers as c on w.customer_id = c.customer_id
    left join routes as r on w.customer_id = r.customer_id
    left join decisions as d on w.kind = d.kind and w.customer_id = d.customer_id and w.subject = d.subject
    left join lessons as l on w.group_key = l.group_key
    where
        ($segment is null or w.segment = $segment)
        and ($owner is null or w.owner_rep_id = $owner)
        and ($alert is null or w.kind = $alert)
        and ($customer is null or w.customer_id = $customer)
        and ($subject is null or w.subject = $subject)
        and c.held_rank >= $held_share
        and (w.kind <> 'growth' or w.customer_id in (select g.customer_id from worthwhile_growth as g))
),

shown as (
    select
        *,
        count(*) over () as items
    from listed
    where
        (status = coalesce($status, 'open') or $status = 'any')
        and ($channel is null or channel = $channel)
    order by worth desc, kind, customer_id, subject
    limit $page_rows offset $page_start
)

select
    s.kind as alert,
    s.customer_id,
    s.subject,
    c.name as customer,
    case s.kind when 'growth' then coalesce(g.reason_category, p.name) when 'category_risk' then s.subject end as about,
    s.money,
    s.probability,
    cast(s.worth as decimal(18, 2)) as worth,
    s.channel,
    c.owner_name as owner,
    s.status,
    s.until,
    cast(s.version as bigint) as version,
    y.days_since_last,
    y.usual_interval_days,
    k.verdict,
    k.usual_purchases,
    k.recent_purchases,
    k.changed_around,
    p.name as reason_product,
    g.reason_category,
    g.reason_share,
    g.like_kind,
    g.like_name,
    g.like_is_sized,
    g.like_buyers,
    y.rhythm,
    y.grade,
    cast(s.items as bigint) as items
from shown as s
inner join customers as c on s.customer_id = c.customer_id
left join reorder_rhythm as y on s.kind = 'late' and s.customer_id = y.customer_id
left join category_risks as k
    on s.kind = 'category_risk' and s.customer_id = k.customer_id and s.subject = k.category
left join growth_accounts as g on s.kind = 'growth' and s.customer_id = g.customer_id
left join products as p on g.reason_product_id = p.product_id
order by s.worth desc, s.kind, s.customer_id, s.subject
