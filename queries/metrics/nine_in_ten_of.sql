-- Nine in ten of several: how many standard errors to either side each of so many intervals reaches, so that all of
-- them together hold nine times in ten. Each may miss a tenth of a tenth less often, by their number (Bonferroni); the
-- normal quantile to three decimals.
-- grain: value
-- params: comparisons count
-- units: value score
list_transform(
    [sqrt(-2 * ln(0.05 / comparisons))],
    lambda t: t
    - (2.515517 + 0.802853 * t + 0.010328 * t * t)
    / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t)
)[1]
