-- Lead outcomes: how many past leads of each size became customers, in the whole company.
-- Counted are leads old enough: as old as nine in ten of those that became customers took to begin, 30 days where no
-- such day is known. An account begins when it was created, or first ordered, on or after the day its lead came. Who is
-- that old and no customer has not become one. The size is what the lead itself says, never what is known of the
-- account it became, or what that ordered. A measure that of one outcome is absent, zero or always the same, and of the
-- other is not, was written once the outcome was known, and counts as unknown; it takes ten leads of both outcomes in
-- the segment to say so. Marks are to the hundredth, and no lead is named: whoever sees few of them still knows what
-- such leads become.
-- grain: segment and marks
-- params: as_of date
-- scope: all
-- ecommerce: none
-- sort: segment, turnover_mark, volume_mark, outlets_mark
with beginnings as (
    select
        l.lead_id,
        l.created_on,
        l.segment,
        l.turnover_mark,
        l.volume_mark,
        l.outlets_mark,
        case when l.status = 'converted' then 1 else 0 end as is_converted,
        case
            when l.status = 'converted' and c.created_on >= l.created_on and c.created_on <= cast($as_of as date)
                then c.created_on
        end as account_on,
        case when l.status = 'converted' then min(o.ordered_on) end as ordered_on
    from leads as l
    left join customers as c on l.customer_id = c.customer_id
    left join order_days as o
        on
            l.customer_id = o.customer_id
            and o.ordered_on >= l.created_on
            and o.ordered_on <= cast($as_of as date)
    group by
        l.lead_id,
        l.created_on,
        l.segment,
        l.turnover_mark,
        l.volume_mark,
        l.outlets_mark,
        l.status,
        c.created_on
),

taken as (
    select
        coalesce(
            cast(
                ceil(
                    percentile_cont(0.9) within group (
                        order by date_diff('day', created_on, least(
                            coalesce(account_on, ordered_on), coalesce(ordered_on, account_on)
                        ))
                    ) - 1e-9
                ) as integer
            ),
            30
        ) as maturity_days
    from beginnings
    where account_on is not null or ordered_on is not null
),

old_enough as (
    select
        b.*,
        t.maturity_days
    from beginnings as b
    cross join taken as t
    where date_diff('day', b.created_on, cast($as_of as date)) >= t.maturity_days
),

spreads as (
    select
        segment,
        is_converted,
        count(*) as leads,
        count(distinct case when turnover_mark > 0 then turnover_mark end) as turnover_values,
        count(distinct case when volume_mark > 0 then volume_mark end) as volume_values,
        count(distinct case when outlets_mark > 0 then outlets_mark end) as outlets_values
    from old_enough
    group by segment, is_converted
),

judged as (
    select
        segment,
        count(*) = 2 and min(leads) >= 10 as is_judged,
        min(turnover_values) < 2 and max(turnover_values) >= 2 as is_turnover_late,
        min(volume_values) < 2 and max(volume_values) >= 2 as is_volume_late,
        min(outlets_values) < 2 and max(outlets_values) >= 2 as is_outlets_late
    from spreads
    group by segment
),

known as (
    select
        o.segment,
        o.is_converted,
        o.maturity_days,
        case when not (j.is_judged and j.is_turnover_late) then round(o.turnover_mark, 2) end as turnover_mark,
        case when not (j.is_judged and j.is_volume_late) then round(o.volume_mark, 2) end as volume_mark,
        case when not (j.is_judged and j.is_outlets_late) then round(o.outlets_mark, 2) end as outlets_mark
    from old_enough as o
    inner join judged as j on o.segment = j.segment or (o.segment is null and j.segment is null)
)

select
    cast(segment as varchar) as segment,
    cast(turnover_mark as double) as turnover_mark,
    cast(volume_mark as double) as volume_mark,
    cast(outlets_mark as double) as outlets_mark,
    cast(maturity_days as bigint) as maturity_days,
    cast(count(*) as bigint) as leads,
    cast(sum(is_converted) as bigint) as converted
from known
group by segment, turnover_mark, volume_mark, outlets_mark, maturity_days
