-- Work list: whom to take up next, most worth first: one row an account, its reasons together.
-- Reasons are a silent account, categories at risk, growth, and deals, contracts, contacts and orders that are due. Each is money
-- in 90 days times its probability. What an account may lose counts once: as a whole, or by category, whichever is
-- more; what it may bring (growth, deals, contracts) is added. Groups of which many proposals are dismissed sink. Who
-- takes it up follows from worth and spare capacity, unless somebody decided otherwise. What is open is listed, or what
-- stands as asked for.
-- grain: customer
-- params: segment text, owner text, decided json, taught json, held_share ratio, least_chance ratio, least_expected
--   money, status text, alert text, channel text, page_start integer, page_rows integer
-- units: customer_id id, customer text, reasons labels, worth money, loss money, gain money, due_on date,
--   days_since_last days, usual_interval_days days, channel label, owner text, accounts count
-- excludes: customers held out to measure what the list is worth, and growth below the limits of chance and money
-- reads: parts.customers.decided_reasons
with listed as (
    select
        w.*,
        case w.kind when 'late' then y.rhythm when 'growth' then 'could_grow' else w.reason end as word
    from decided_reasons as w
    left join reorder_rhythm as y on w.customer_id = y.customer_id
    where
        (w.status = coalesce($status, 'open') or $status = 'any')
        and ($alert is null or w.kind = $alert)
        and ($channel is null or w.channel = $channel)
),

words as (
    select
        customer_id,
        word,
        max(worth) as worth,
        bool_or(kind = 'late') as is_silence
    from listed
    group by customer_id, word
),

bundles as (
    select
        customer_id,
        string_agg(word, ',' order by worth desc, is_silence desc, word) as reasons
    from words
    group by customer_id
),

sums as (
    select
        customer_id,
        greatest(
            coalesce(max(worth) filter (where kind in ('late', 'contact', 'order')), 0),
            coalesce(sum(worth) filter (where kind = 'category_risk'), 0)
        ) as loss,
        coalesce(sum(worth) filter (where kind in ('growth', 'deal', 'contract')), 0) as gain,
        min(customer) as customer,
        min(due_on) as due_on,
        min(channel) as channel
    from listed
    group by customer_id
),

shown as (
    select
        *,
        count(*) over () as accounts
    from sums
    order by loss + gain desc, customer_id
    limit $page_rows offset $page_start
)

select
    s.customer_id,
    s.customer,
    b.reasons,
    cast(s.loss + s.gain as decimal(18, 2)) as worth,
    cast(s.loss as decimal(18, 2)) as loss,
    cast(s.gain as decimal(18, 2)) as gain,
    s.due_on,
    y.days_since_last,
    y.usual_interval_days,
    s.channel,
    c.owner_name as owner,
    cast(s.accounts as bigint) as accounts
from shown as s
inner join bundles as b on s.customer_id = b.customer_id
left join customers as c on s.customer_id = c.customer_id
left join reorder_rhythm as y on s.customer_id = y.customer_id
order by s.loss + s.gain desc, s.customer_id
