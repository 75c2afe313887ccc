-- Rep books: what each person looks after, and since when figures are credited to them.
-- Accounts are those owned now; the main segment is that of most of them. Known since is the first month with an order
-- or a decision: who was here before the first data is known since then.
-- grain: rep
-- scope: rep_id
-- ecommerce: none
with segments as (
    select
        owner_rep_id as rep_id,
        segment,
        count(*) as accounts,
        sum(count(*)) over (partition by owner_rep_id) as of_rep,
        row_number() over (partition by owner_rep_id order by count(*) desc, segment nulls last) as largest_first
    from customers
    where owner_rep_id is not null
    group by owner_rep_id, segment
),

credited as (
    select rep_id, min(month) as known_since
    from rep_months
    group by rep_id
)

select
    cast(r.rep_id as varchar) as rep_id,
    cast(coalesce(s.of_rep, 0) as bigint) as accounts,
    cast(s.segment as varchar) as main_segment,
    cast(cast(s.accounts as double) / nullif(cast(s.of_rep as double), 0) as double) as main_segment_share,
    cast(c.known_since as date) as known_since
from sales_reps as r
left join segments as s on r.rep_id = s.rep_id and s.largest_first = 1
left join credited as c on r.rep_id = c.rep_id
