-- Personal catalog: what to add to, drop from and keep in the catalog of one customer, or of the customers of a segment
-- that are offered it. Without a catalog chosen it is the one most of these customers are offered. Added is what the
-- growth proposals name for the customer, or for at least five and one in twenty of the customers, and what as many
-- bought in the last 365 days although the catalog does not offer it. Dropped is what is offered and neither they nor
-- anybody else of their group bought in the last 365 days, unless it is proposed to one of them, or was first offered
-- or sold in the last 180 days. The group is all customers of the company that are offered the catalog, of the segment
-- chosen or the customer's own. A tenth of what is offered is dropped at most, what sells least elsewhere first; the
-- rest is kept, to follow. Potential is what customers like them spend on it in a year. Sold elsewhere is its revenue
-- with anyone in twelve months, the open one included. Penetration is the average share of the offered products that
-- those buying anything bought in the last 365 days.
-- grain: product
-- needs: catalog_prices
-- params: date_to date, customer text, segment text, catalog text, action text, search text, sort text, page_start
--   integer, page_rows integer
-- units: product_id id, sku id, product text, category text, action label, reason label, is_offered flag, buyers count,
--   proposed_to count, yearly_potential money, last_bought_on date, sold_elsewhere money, price price, catalog_id id,
--   catalog text, proposal_id id, customer text, group_customers count, added count, added_of_catalog count,
--   added_potential money, dropped count, to_follow count, products_offered count, penetration ratio,
--   penetration_proposed ratio, products count
-- excludes: products neither offered nor proposed nor bought by enough of the customers
with accounts as (
    select
        customer_id,
        catalog_id,
        segment
    from customers
    where
        case
            when $customer is null
                then
                    catalog_id is not null
                    and ($segment is null or segment = $segment)
                    and ($catalog is null or catalog_id = $catalog)
            else customer_id = $customer
        end
),

base as materialized (
    select
        catalog_id,
        count(*) as customers,
        case when $customer is null then greatest(5, ceil(count(*) / 20)) else 1 end as enough,
        case when $customer is null then $segment else any_value(segment) end as segment
    from accounts
    group by catalog_id
    order by count(*) desc, catalog_id
    limit 1
),

members as materialized (
    select accounts.customer_id
    from accounts
    inner join base on accounts.catalog_id is not distinct from base.catalog_id
),

offered as (
    select
        product_id,
        min(valid_from) as introduced_on,
        arg_max(price, valid_from) filter (where coalesce(valid_to, $date_to) >= $date_to) as price
    from catalog_prices
    where catalog_id = (select catalog_id from base) and valid_from <= $date_to
    group by product_id
    having count(*) filter (where coalesce(valid_to, $date_to) >= $date_to) > 0
),

bought as (
    select
        product_id,
        max(last_bought_on) as last_bought_on,
        count(*) filter (where last_bought_on > cast($date_to as date) - 365) as buyers
    from product_spells
    where customer_id in (select customer_id from members)
    group by product_id
),

bought_by_group as (
    select product_id
    from group_purchases
    where
        catalog_id = (select catalog_id from base)
        and ((select segment from base) is null or segment = (select segment from base))
        and last_bought_on > cast($date_to as date) - 365
    group by product_id
),

buying as (
    select count(*) as customers
    from penetration_months
    where month = date_trunc('month', cast($date_to as date)) and customer_id in (select customer_id from members)
),

proposed as (
    select
        product_id,
        count(*) as proposed_to,
        sum(potential_p50) as yearly_potential
    from growth_proposals
    where customer_id in (select customer_id from members)
    group by product_id
),

first_sales as (
    select
        product_id,
        min(first_bought_on) as sold_on
    from product_spells
    group by product_id
),

last_year as (
    select
        product_id,
        sum(revenue) as revenue
    from product_months
    where month > cast($date_to as date) - interval 1 year
    group by product_id
),

assembled as (
    select
        p.product_id,
        p.sku,
        p.name as product,
        p.category,
        o.product_id is not null as is_offered,
        coalesce(b.buyers, 0) as buyers,
        coalesce(g.proposed_to, 0) as proposed_to,
        g.yearly_potential,
        b.last_bought_on,
        h.product_id is not null as is_bought_by_group,
        coalesce(l.revenue, 0) as revenue,
        coalesce(o.price, p.list_price) as price,
        coalesce(g.proposed_to, 0) >= base.enough as is_proposed,
        o.product_id is null
        and coalesce(b.buyers, 0) >= base.enough
        and coalesce(p.discontinued_on, cast($date_to as date) + 1) > $date_to as is_bought_outside,
        greatest(o.introduced_on, coalesce(f.sold_on, o.introduced_on)) > cast($date_to as date) - 180 as is_new
    from products as p
    cross join base
    left join offered as o on p.product_id = o.product_id
    left join bought as b on p.product_id = b.product_id
    left join bought_by_group as h on p.product_id = h.product_id
    left join proposed as g on p.product_id = g.product_id
    left join first_sales as f on p.product_id = f.product_id
    left join last_year as l on p.product_id = l.product_id
),

judged as (
    select
        *,
        case
            when is_proposed then 'like_customers'
            when is_bought_outside then 'bought_outside'
            when not is_offered then null
            when buyers > 0 then 'bought_within_year'
            when is_bought_by_group then 'bought_by_group'
            when proposed_to > 0 then 'proposed_to_few'
            when is_new then 'newly_offered'
            when last_bought_on is null then 'never_bought'
            else 'not_for_a_year'
        end as reason
    from assembled
),

ranked as (
    select
        *,
        reason in ('never_bought', 'not_for_a_year') as is_unwanted,
        row_number() over (partition by is_unwanted order by revenue, last_bought_on nulls first, product_id)
        <= count(*) filter (where is_offered) over () // 10 as is_among_first
    from judged
    where reason is not null
),

decided as materialized (
    select
        * replace (case when is_unwanted and not is_among_first then 'drops_later' else reason end as reason),
        case
            when reason in ('like_customers', 'bought_outside') then 'add'
            when is_unwanted and is_among_first then 'drop'
            else 'keep'
        end as action
    from ranked
),

summed as (
    select
        count(*) filter (where action = 'add') as added,
        count(*) filter (where action = 'add' and is_offered) as added_of_catalog,
        coalesce(sum(yearly_potential) filter (where action = 'add'), 0) as added_potential,
        count(*) filter (where action = 'drop') as dropped,
        count(*) filter (where reason = 'drops_later') as to_follow,
        count(*) filter (where is_offered) as products_offered,
        sum(buyers) filter (where is_offered) as bought_offered,
        sum(buyers) as bought_proposed,
        count(*) filter (where action <> 'drop') as products_proposed
    from decided
)

select
    d.product_id,
    d.sku,
    d.product,
    d.category,
    d.action,
    d.reason,
    d.is_offered,
    cast(d.buyers as bigint) as buyers,
    cast(d.proposed_to as bigint) as proposed_to,
    cast(d.yearly_potential as decimal(18, 2)) as yearly_potential,
    d.last_bought_on,
    cast(d.revenue as decimal(18, 2)) as sold_elsewhere,
    d.price,
    base.catalog_id,
    k.name as catalog,
    coalesce('personal-' || $customer, 'proposed-' || base.catalog_id) as proposal_id,
    (select c.name from customers as c where c.customer_id = $customer) as customer,
    cast(base.customers as bigint) as group_customers,
    cast(s.added as bigint) as added,
    cast(s.added_of_catalog as bigint) as added_of_catalog,
    cast(s.added_potential as decimal(18, 2)) as added_potential,
    cast(s.dropped as bigint) as dropped,
    cast(s.to_follow as bigint) as to_follow,
    cast(s.products_offered as bigint) as products_offered,
    s.bought_offered / nullif(cast(s.products_offered * buying.customers as double), 0) as penetration,
    s.bought_proposed / nullif(cast(s.products_proposed * buying.customers as double), 0) as penetration_proposed,
    cast(count(*) over () as bigint) as products
from decided as d
cross join base
cross join buying
cross join summed as s
left join catalogs as k on base.catalog_id = k.catalog_id
where
    ($action is null or d.action = $action)
    and ($search is null or contains(lower(d.product), lower($search)) or lower(d.sku) = lower($search))
order by
    case when $sort = 'product' then lower(d.product) end,
    case $sort
        when 'sold_elsewhere' then cast(d.revenue as double)
        when 'buyers' then cast(d.buyers as double)
        when 'yearly_potential' then cast(d.yearly_potential as double)
        else case d.action when 'add' then 2 when 'drop' then 1 else 0 end
    end desc nulls last,
    d.yearly_potential desc nulls last,
    d.revenue desc,
    d.product_id
limit $page_rows offset $page_start
