-- Standing: ahead or behind where the intervals of the rate and of that of all others do not overlap.
-- With fewer than five cases on either side there are too few to tell.
-- grain: value
-- params: hits count, cases count, others_hits count, others_cases count
-- units: value label
case
    when not enough(least(cases, others_cases)) then 'too_few'
    when wilson_low(hits, cases) > wilson_high(others_hits, others_cases) then 'ahead'
    when wilson_high(hits, cases) < wilson_low(others_hits, others_cases) then 'behind'
    else 'cannot_tell'
end
