-- Coverage: the stretches of the feeds, for the manifest of a snapshot.
-- grain: input table, segment, channel and stretch
select
    input_table,
    segment,
    channel,
    first_on,
    last_on,
    usual_gap_days,
    is_stopped,
    is_judged
from coverage
order by input_table, segment, channel, first_on
