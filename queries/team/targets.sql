-- Targets: what each person is to reach in the months of a year, by one metric.
-- What was entered on screen stands in the place of what was loaded; it counts from the next build on.
-- grain: rep
-- params: team text, metric text, year_from date, entered json
-- units: rep_id id, rep text, team text, target_01 money, target_02 money, target_03 money, target_04 money, target_05
--   money, target_06 money, target_07 money, target_08 money, target_09 money, target_10 money, target_11 money,
--   target_12 money
with entries as (
    select unnest(
        from_json(
            coalesce($entered, '[]'),
            '[{"rep_id": "varchar", "month": "date", "metric": "varchar", "target": "decimal(18, 2)"}]'
        ),
        max_depth := 2
    )
),

known as (
    select
        coalesce(e.rep_id, q.rep_id) as rep_id,
        coalesce(e.month, q.month) as month,
        coalesce(e.target, q.target) as target
    from (select * from quotas where metric = $metric) as q
    full join (select * from entries where metric = $metric) as e on q.rep_id = e.rep_id and q.month = e.month
),

of_year as (
    select rep_id, month(month) as number, target
    from known
    where month >= $year_from and month < $year_from::date + interval 1 year
)

select
    r.rep_id,
    r.name as rep,
    r.team,
    max(y.target) filter (where y.number = 1) as target_01,
    max(y.target) filter (where y.number = 2) as target_02,
    max(y.target) filter (where y.number = 3) as target_03,
    max(y.target) filter (where y.number = 4) as target_04,
    max(y.target) filter (where y.number = 5) as target_05,
    max(y.target) filter (where y.number = 6) as target_06,
    max(y.target) filter (where y.number = 7) as target_07,
    max(y.target) filter (where y.number = 8) as target_08,
    max(y.target) filter (where y.number = 9) as target_09,
    max(y.target) filter (where y.number = 10) as target_10,
    max(y.target) filter (where y.number = 11) as target_11,
    max(y.target) filter (where y.number = 12) as target_12
from sales_reps as r
left join of_year as y on r.rep_id = y.rep_id
where $team is null or r.team = $team
group by r.rep_id, r.name, r.team
order by r.team nulls last, r.name, r.rep_id
