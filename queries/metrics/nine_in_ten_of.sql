-- Nine in ten of several: how many standard errors each of so many intervals reaches, so that all of them hold.
-- The chance of one miss in ten is shared out evenly among them (Bonferroni); the normal quantile to three decimals.
-- grain: value
-- params: comparisons count
-- units: value score
list_transform(
    [sqrt(-2 * ln(0.05 / comparisons))],
    lambda t: t
    - (2.515517 + 0.802853 * t + 0.010328 * t * t)
    / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t)
)[1]
