-- Moves between buying jobs: where negotiations go next, of requests of the last 12 months.
-- Share is of all moves that leave a job. A move to a job already visited is a step back: buying loops, so
-- moves are counted, not forced into one order.
-- grain: pair of buying jobs
-- params: date_to date, segment text, owner text
-- units: from_job label, to_job label, moves count, share ratio, median_days days, steps_back count
with moves as (
    select
        from_job,
        to_job,
        count(*) as moves,
        median(days) as median_days,
        count(*) filter (where is_step_back) as steps_back
    from job_moves
    where
        requested_on > $date_to::date - interval 1 year
        and ($segment is null or segment = $segment)
        and ($owner is null or rep_id = $owner)
    group by from_job, to_job
)

select
    from_job,
    to_job,
    moves,
    moves / sum(moves) over (partition by from_job) as share,
    median_days,
    steps_back
from moves
order by from_job, to_job
