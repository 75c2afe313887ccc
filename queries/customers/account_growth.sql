-- Products proposed to an account: what it does not buy but customers like it do.
-- Because it buys names the product of its own that speaks most for the proposal. The probability is that it is bought
-- within 90 days, potential what it then brings in these days. Like buyers are of its trade, or of its pattern of
-- buying where trades are not known, and of its size; beside it stand the shares of them that buy the product, and
-- anything of its category.
-- grain: product
-- params: customer text, least_chance ratio, least_expected money, page_start integer, page_rows integer
-- units: product_id id, product text, category text, is_new_category flag, probability ratio,
--   growth_potential money, because text, product_share ratio, category_share ratio, proposals count
-- excludes: accounts that are leaving, and those below the limits of chance and money
-- reads: parts.customers.worthwhile_growth
select
    g.product_id,
    p.name as product,
    g.category,
    g.is_new_category,
    g.probability,
    g.potential as growth_potential,
    b.name as because,
    g.product_share,
    g.category_share,
    cast(count(*) over () as bigint) as proposals
from worthwhile_growth as a
inner join growth_proposals as g on a.customer_id = g.customer_id
inner join products as p on g.product_id = p.product_id
left join products as b on g.because_product_id = b.product_id
where g.is_shown and a.customer_id = $customer
order by g.rank
limit $page_rows offset $page_start
