-- Owners by day: who looked after each account of which days are loaded, and when.
-- Nobody is known before the first day; what begins after the as-of day has not happened yet.
-- grain: customer and first day
-- params: as_of date
-- materialize: temporary
with told as (
    select
        customer_id,
        owned_from,
        rep_id,
        lead(owned_from) over (partition by customer_id order by owned_from) as past_end
    from input_account_owners
    where owned_from <= cast($as_of as date)
),

spells as (
    select customer_id, rep_id, owned_from as starts_on, coalesce(past_end, date '9999-12-31') as past_end
    from told
    union all
    select customer_id, cast(null as varchar) as rep_id, date '0001-01-01' as starts_on, min(owned_from) as past_end
    from told
    group by customer_id
)

select
    cast(customer_id as varchar) as customer_id,
    cast(rep_id as varchar) as rep_id,
    cast(starts_on as date) as starts_on,
    cast(past_end as date) as past_end
from spells
