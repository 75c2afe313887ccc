-- Lower end of a rate: where the interval begins that holds the true rate nine times in ten (Wilson); none below five
-- cases.
-- grain: value
-- params: hits count, cases count
-- units: value ratio
case when enough(cases) then greatest(wilson_centre(hits, cases) - wilson_spread(hits, cases), 0) end
