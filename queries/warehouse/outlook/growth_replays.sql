-- Growth replays: what would have been proposed to accounts 90 days ago, and what came of it, without their names.
-- The chance told and the money expected are from what was known then. Taken is at least one of the products; random
-- chance is what as many products drawn from all that could be proposed would have had, and popular whether as many of
-- those bought most would have been taken. Of the whole company, since a book of its own would be too few.
-- grain: account
-- scope: all
select
    cast(chance as double) as chance,
    cast(round(cast(expected as double), 2) as decimal(18, 2)) as expected,
    cast(has_taken as boolean) as has_taken,
    cast(random_chance as double) as random_chance,
    cast(has_taken_popular as boolean) as has_taken_popular
from analysis_growth_replays
