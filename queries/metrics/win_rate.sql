-- Win rate: what was won, of all that was won or lost and counts.
-- Each negotiation says whether it counts as won, as lost, or as neither.
-- grain: value
-- params: won count, lost count
-- units: value ratio
won / nullif(won + lost, 0)
