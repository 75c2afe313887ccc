-- Reasons of an account: each thing worth acting on with one account, most worth first, as people decided.
-- A silent account, categories at risk, growth, and deals, contracts, contacts and orders that are due. Worth is the money in
-- 90 days times its probability.
-- grain: kind, customer and subject
-- params: segment text, owner text, decided json, taught json, held_share ratio, least_chance ratio, least_expected
--   money, customer text
-- units: alert label, customer_id id, subject id, customer text, reason label, about text, money money, probability
--   ratio, worth money, due_on date, channel label, owner text, status label, until date, version count,
--   days_since_last days, usual_interval_days days, verdict label, usual_purchases score, recent_purchases count,
--   changed_around date, reason_product text, reason_category text, reason_share ratio, like_kind label, like_name
--   text, like_is_sized flag, like_buyers count, rhythm label, grade text, contact text, phone text, email text
-- reads: parts.customers.decided_reasons
with known as (
    select
        contact_id,
        customer_id,
        name,
        phone,
        email,
        row_number() over (
            partition by customer_id order by case when phone is null and email is null then 1 else 0 end, contact_id
        ) as place
    from contacts
)

select
    s.kind as alert,
    s.customer_id,
    s.subject,
    s.customer,
    s.reason,
    case s.kind
        when 'growth' then coalesce(g.reason_category, p.name)
        when 'category_risk' then s.subject
        when 'contact' then n.name
    end as about,
    s.money,
    s.probability,
    cast(s.worth as decimal(18, 2)) as worth,
    s.due_on,
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
    case when s.kind = 'category_risk' then k.grade else y.grade end as grade,
    m.name as contact,
    m.phone,
    m.email
from decided_reasons as s
left join customers as c on s.customer_id = c.customer_id
left join reorder_rhythm as y on s.customer_id = y.customer_id
left join category_risks as k
    on s.kind = 'category_risk' and s.customer_id = k.customer_id and s.subject = k.category
left join growth_accounts as g on s.kind = 'growth' and s.customer_id = g.customer_id
left join products as p on g.reason_product_id = p.product_id
left join contacts as n on s.kind = 'contact' and s.subject = n.contact_id
left join known as m on s.customer_id = m.customer_id and m.place = 1
where s.customer_id = $customer
order by s.worth desc, case when s.kind = 'late' then 0 else 1 end, s.kind, s.subject
