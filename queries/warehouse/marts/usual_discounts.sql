-- Usual discounts: the mean discount against list of what is decided, by segment and category, of the whole company.
-- Of the decisions of the last 365 days, won and lost, where at least five people took part; nobody is named.
-- grain: segment and category
-- params: as_of date
-- scope: all
-- ecommerce: none
select
    cast(segment as varchar) as segment,
    cast(category as varchar) as category,
    cast(avg(discount_depth) as double) as discount_depth
from negotiations
where
    not is_open
    and discount_depth is not null
    and segment is not null
    and category is not null
    and closed_on > cast(cast($as_of as date) - interval 365 day as date)
    and closed_on <= cast($as_of as date)
group by segment, category
having count(distinct rep_id) >= 5
