-- Rep peers: with whom each person is fairly compared, by the kind of work and the size of the book.
-- Groups are inside or outside with the smaller or larger half of books, inside or outside, and everybody; compared is
-- the narrowest of at least six people, so that there are five others. Of people who look after an account.
-- grain: rep and group
-- scope: rep_id
-- ecommerce: none
with people as (
    select
        b.rep_id,
        coalesce(r.kind, 'unknown') as kind,
        b.accounts
    from rep_books as b
    inner join sales_reps as r on b.rep_id = r.rep_id
    where b.accounts > 0
),

middles as (
    select kind, median(accounts) as accounts
    from people
    group by kind
),

memberships as (
    select
        p.rep_id,
        1 as breadth,
        case when p.accounts > m.accounts then p.kind || '_larger' else p.kind || '_smaller' end as peer_group
    from people as p
    inner join middles as m on p.kind = m.kind
    union all
    select rep_id, 2 as breadth, kind || '_any' as peer_group
    from people
    union all
    select rep_id, 3 as breadth, 'everybody' as peer_group
    from people
),

counted as (
    select
        rep_id,
        breadth,
        peer_group,
        count(*) over (partition by peer_group) as people
    from memberships
),

ranked as (
    select
        rep_id,
        peer_group,
        people,
        row_number() over (partition by rep_id order by breadth) as narrowest_first
    from counted
    where people >= 6
)

select
    cast(rep_id as varchar) as rep_id,
    cast(peer_group as varchar) as peer_group,
    cast(people as bigint) as people,
    cast(narrowest_first = 1 as boolean) as is_compared
from ranked
