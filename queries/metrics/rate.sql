-- Rate: how many of the cases are hits; none below five cases.
-- grain: value
-- params: hits count, cases count
-- units: value ratio
case when enough(cases) then hits / cases end
