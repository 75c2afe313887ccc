-- Routes: which channel takes up the actions of an account, by their worth and by spare capacity.
-- A rep keeps as many accounts as capacity says, those with most worth in their actions first; what is left goes to the
-- spare capacity of inside sales in the same order, and then to e-commerce. Without reps nothing is routed.
-- grain: customer
-- scope: owner_rep_id
with worths as (
    select
        customer_id,
        sum(worth) as worth
    from work_items
    group by customer_id
),

books as (
    select
        c.customer_id,
        c.owner_rep_id,
        r.kind,
        r.capacity,
        coalesce(w.worth, 0) as worth,
        row_number() over (
            partition by c.owner_rep_id order by coalesce(w.worth, 0) desc, c.customer_id
        ) as place
    from customers as c
    left join sales_reps as r on c.owner_rep_id = r.rep_id
    left join worths as w on c.customer_id = w.customer_id
),

held as (
    select
        owner_rep_id,
        count(*) as accounts
    from books
    where owner_rep_id is not null
    group by owner_rep_id
),

capacities as (
    select
        count(*) as reps,
        sum(
            case when r.kind = 'inside' then greatest(r.capacity - coalesce(h.accounts, 0), 0) else 0 end
        ) as spare_inside
    from sales_reps as r
    left join held as h on r.rep_id = h.owner_rep_id
),

placed as (
    select
        customer_id,
        owner_rep_id,
        kind,
        kind is not null and (capacity is null or place <= capacity) as is_kept,
        row_number() over (
            partition by kind is not null and (capacity is null or place <= capacity)
            order by worth desc, customer_id
        ) as place
    from books
)

select
    cast(p.customer_id as varchar) as customer_id,
    cast(p.owner_rep_id as varchar) as owner_rep_id,
    cast(
        case
            when c.reps = 0 then null
            when p.is_kept then p.kind
            when p.place <= coalesce(c.spare_inside, 0) then 'inside'
            else 'ecommerce'
        end as varchar
    ) as channel
from placed as p
cross join capacities as c
