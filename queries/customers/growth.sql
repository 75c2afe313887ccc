-- Growth: accounts that could take up something new, most to be expected first, one row each.
-- Probability is that it buys at least one of these products within 90 days, potential what that brings in these days,
-- expected their product. It buys nothing of the category named, and the share of like buyers that do stands beside
-- it; where no category is named, the share is of those that buy the first product. Like buyers are of its trade, or of
-- its pattern of buying where trades are not known, and of its size.
-- grain: customer
-- params: segment text, owner text, customer text, least_chance ratio, least_expected money, page_start integer,
--   page_rows integer
-- units: customer_id id, customer text, products text, probability ratio, growth_expected money,
--   growth_potential money,
--   reason_product text, reason_category text, reason_share ratio, like_kind label, like_name text, like_is_sized flag,
--   like_buyers count, accounts count
-- excludes: accounts that are leaving, and those below the limits of chance and money
-- reads: parts.customers.worthwhile_growth
with page as (
    select
        *,
        count(*) over () as accounts
    from worthwhile_growth
    where
        ($segment is null or segment = $segment)
        and ($owner is null or owner_rep_id = $owner)
        and ($customer is null or customer_id = $customer)
    order by expected desc, customer_id
    limit $page_rows offset $page_start
),

named as (
    select
        g.customer_id,
        string_agg(p.name, ', ' order by g.rank) as products
    from growth_proposals as g
    inner join products as p on g.product_id = p.product_id
    where g.is_shown and g.customer_id in (select customer_id from page)
    group by g.customer_id
)

select
    a.customer_id,
    c.name as customer,
    n.products,
    a.chance as probability,
    a.expected as growth_expected,
    a.potential as growth_potential,
    r.name as reason_product,
    a.reason_category,
    a.reason_share,
    a.like_kind,
    a.like_name,
    a.like_is_sized,
    a.like_buyers,
    cast(a.accounts as bigint) as accounts
from page as a
inner join customers as c on a.customer_id = c.customer_id
inner join named as n on a.customer_id = n.customer_id
left join products as r on a.reason_product_id = r.product_id
order by a.expected desc, a.customer_id
