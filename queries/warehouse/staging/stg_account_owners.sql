-- Owners by day: who looked after each account, and when.
-- An account that has no days loaded is its owner's throughout. Of others nobody is known before their first day, and
-- what begins after the as-of day has not happened yet.
-- grain: customer and first day
-- params: as_of date
-- materialize: temporary
with told as (
    select
        customer_id,
        owned_from,
        rep_id,
        lead(owned_from) over (partition by customer_id order by owned_from) as owned_until
    from input_account_owners
    where owned_from <= cast($as_of as date)
),

begun as (
    select customer_id, min(owned_from) as first_day
    from told
    group by customer_id
),

spells as (
    select customer_id, rep_id, owned_from as starts_on, coalesce(owned_until, date '9999-12-31') as past_end
    from told
    union all
    select
        c.customer_id,
        case when b.customer_id is null then c.owner_rep_id end as rep_id,
        date '0001-01-01' as starts_on,
        coalesce(b.first_day, date '9999-12-31') as past_end
    from input_customers as c
    left join begun as b on c.customer_id = b.customer_id
)

select
    cast(customer_id as varchar) as customer_id,
    cast(rep_id as varchar) as rep_id,
    cast(starts_on as date) as starts_on,
    cast(past_end as date) as past_end
from spells
