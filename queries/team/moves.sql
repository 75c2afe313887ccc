-- Accounts to move: from people with more accounts than capacity to people with room, and what it does to both books.
-- Of a book that is too large, those accounts are proposed that brought least in 365 days, the longest not spoken to
-- first among equals, as many as there are too many. Room is what capacity exceeds accounts by, and is given by people
-- whose book is mostly of the account's segment: first in the region most of their accounts are in, then elsewhere, the
-- most room first. Accounts for which there is no room left are not listed. The books afterwards are as they are when
-- all moves are made.
-- grain: customer
-- needs: owners, capacity
-- params: team text, date_to date, search text, sort text, page_start integer, page_rows integer
-- units: customer_id id, customer text, segment label, region text, from_rep text, to_rep text, move_reason label,
--   revenue_year money, last_contact_on date, is_same_region flag, from_accounts count, from_accounts_after count,
--   from_use_after ratio, to_accounts count, to_accounts_after count, to_use_after ratio, moves count
with last_contacts as (
    select
        customer_id,
        max(occurred_on) as last_contact_on
    from activities
    where occurred_on <= $date_to
    group by customer_id
),

accounts as (
    select
        c.customer_id,
        c.name as customer,
        c.segment,
        c.region,
        r.rep_id,
        r.name as rep,
        r.capacity,
        s.revenue_year,
        l.last_contact_on,
        count(*) over (partition by r.rep_id) as book,
        row_number() over (
            partition by r.rep_id order by s.revenue_year, l.last_contact_on nulls first, c.customer_id
        ) as least_first
    from customers as c
    inner join sales_reps as r on c.owner_rep_id = r.rep_id
    inner join account_standing as s on c.customer_id = s.customer_id
    left join last_contacts as l on c.customer_id = l.customer_id
    where r.capacity is not null and ($team is null or r.team = $team)
),

too_many as (
    select *
    from accounts
    where least_first <= book - capacity and segment is not null
),

main_segments as (
    select rep_id, segment
    from accounts
    where segment is not null and book < capacity
    group by rep_id, segment
    qualify row_number() over (partition by rep_id order by count(*) desc, segment) = 1
),

main_regions as (
    select rep_id, region
    from accounts
    where region is not null and book < capacity
    group by rep_id, region
    qualify row_number() over (partition by rep_id order by count(*) desc, region) = 1
),

receivers as (
    select distinct
        a.rep_id,
        a.rep,
        a.book,
        a.capacity,
        s.segment,
        g.region
    from accounts as a
    inner join main_segments as s on a.rep_id = s.rep_id
    left join main_regions as g on a.rep_id = g.rep_id
    where a.book < a.capacity
),

places as (
    select
        rep_id,
        segment,
        region,
        row_number() over (partition by segment, region order by place, capacity - book desc, rep_id) as number_near
    from (select *, unnest(generate_series(1, capacity - book)) as place from receivers) as expanded
),

wishes as (
    select
        *,
        row_number() over (partition by segment, region order by revenue_year, last_contact_on nulls first, customer_id)
            as number_near
    from too_many
),

near as (
    select w.customer_id, p.rep_id, p.segment, p.region, p.number_near
    from wishes as w
    inner join places as p on w.segment = p.segment and w.region = p.region and w.number_near = p.number_near
),

places_left as (
    select p.*, row_number() over (partition by p.segment order by p.number_near, p.rep_id) as number_far
    from places as p
    anti join near as n
        on p.segment = n.segment and p.region = n.region and p.number_near = n.number_near
),

wishes_left as (
    select
        w.customer_id,
        w.segment,
        row_number() over (partition by w.segment order by w.revenue_year, w.last_contact_on nulls first, w.customer_id)
            as number_far
    from wishes as w
    anti join near as n on w.customer_id = n.customer_id
),

moves as (
    select customer_id, rep_id as to_rep_id
    from near
    union all
    select w.customer_id, p.rep_id as to_rep_id
    from wishes_left as w
    inner join places_left as p on w.segment = p.segment and w.number_far = p.number_far
),

told as (
    select
        w.*,
        t.rep as to_rep,
        t.book as to_book,
        t.capacity as to_capacity,
        (w.region is not distinct from t.region) as is_same_region,
        w.book - count(*) over (partition by w.rep_id) as from_after,
        t.book + count(*) over (partition by t.rep_id) as to_after
    from moves as m
    inner join wishes as w on m.customer_id = w.customer_id
    inner join receivers as t on m.to_rep_id = t.rep_id
)

select
    customer_id,
    customer,
    segment,
    region,
    rep as from_rep,
    to_rep,
    case
        when revenue_year <= 0 then 'no_revenue'
        when last_contact_on is null or last_contact_on <= $date_to::date - 90 then 'silent_90'
        else 'lowest_worth'
    end as move_reason,
    revenue_year,
    last_contact_on,
    is_same_region,
    book as from_accounts,
    from_after as from_accounts_after,
    cast(from_after as double) / nullif(capacity, 0) as from_use_after,
    to_book as to_accounts,
    to_after as to_accounts_after,
    cast(to_after as double) / nullif(to_capacity, 0) as to_use_after,
    cast(count(*) over () as bigint) as moves
from told
where $search is null or contains(lower(customer), lower($search))
order by
    case when $sort = 'customer' then lower(customer) end,
    case when $sort = 'last_contact_on' then last_contact_on end nulls first,
    revenue_year,
    customer_id
limit $page_rows offset $page_start
