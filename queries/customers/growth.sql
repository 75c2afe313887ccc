-- Growth: what a customer does not buy but customers like it do, by value.
-- Because it buys names the product of its own that speaks most for the proposal. Potential is what such customers
-- spend on it in a year: half of them at least the first, a fifth at least the second figure. Value is the potential
-- times the probability that it buys within 90 days.
-- grain: customer and product
-- params: segment text, owner text, customer text, page_start integer, page_rows integer
-- units: customer_id id, customer text, product_id id, product text, category text, because text, profile text,
--   profile_penetration ratio, probability ratio, potential_p50 money, potential_p80 money, value money,
--   proposals count
-- excludes: what the customer bought in the last year, what is not in its catalog, and what is no longer sold
select
    g.customer_id,
    c.name as customer,
    g.product_id,
    p.name as product,
    g.category,
    b.name as because,
    g.profile,
    g.profile_penetration,
    g.probability,
    g.potential_p50,
    g.potential_p80,
    g.value,
    cast(count(*) over () as bigint) as proposals
from growth_proposals as g
inner join customers as c on g.customer_id = c.customer_id
inner join products as p on g.product_id = p.product_id
left join products as b on g.because_product_id = b.product_id
where
    ($segment is null or g.segment = $segment)
    and ($owner is null or g.owner_rep_id = $owner)
    and ($customer is null or g.customer_id = $customer)
order by g.value desc, g.customer_id, g.rank
limit $page_rows offset $page_start
