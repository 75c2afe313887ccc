-- Quotas: targets by rep, month and metric.
-- grain: rep, month and metric
-- scope: rep_id
-- ecommerce: none
select
    cast(q.rep_id as varchar) as rep_id,
    cast(date_trunc('month', q.month) as date) as month,
    cast(q.metric as varchar) as metric,
    cast(sum(q.target) as decimal(18, 2)) as target
from input_quotas as q
group by q.rep_id, cast(date_trunc('month', q.month) as date), q.metric
