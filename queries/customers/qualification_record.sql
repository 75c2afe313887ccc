-- Qualification record: how many past leads became customers, by third of the score, in the whole company.
-- The same score as for open leads, by the weights of now and by what the lead itself says of its size, over all leads
-- old enough (see lead outcomes), whoever looks after them. High against low: whether the score tells (ahead), is
-- turned round (behind) or neither; the list is sorted by it unless it is turned round or cannot tell.
-- grain: third of the score
-- params: weights json, segment text
-- units: third label, leads count, converted count, share ratio, share_low ratio, share_high ratio, high_low label,
--   maturity_days days
-- excludes: leads of which nothing is known that has a weight
-- reads: parts.customers.scored_outcomes
with marked as (
    select
        'all' as member,
        qualification_score(points, known_weight) as score,
        leads as cases,
        converted as hits
    from scored_outcomes
)

select
    t.third,
    t.cases as leads,
    t.hits as converted,
    t.share,
    t.share_low,
    t.share_high,
    t.standing as high_low,
    (select max(maturity_days) from scored_outcomes) as maturity_days
from score_thirds(marked) as t
order by case t.third when 'top_third' then 1 when 'middle_third' then 2 else 3 end
