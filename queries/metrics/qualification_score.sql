-- Qualification score: points in percent of the weight of what is known; none where nothing is known.
-- grain: value
-- params: points score, known_weight score
-- units: value score
100 * points / nullif(known_weight, 0)
