-- Win rate: what was won, of all that was won or lost and counts.
-- Which decisions count is said by counts_as_won and counts_as_lost of each negotiation.
-- grain: value
-- params: won count, lost count
-- units: value ratio
won / nullif(won + lost, 0)
