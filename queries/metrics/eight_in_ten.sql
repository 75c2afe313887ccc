-- Eight in ten: how many standard errors to either side of an estimate the interval reaches that holds eight in ten.
-- grain: value
-- units: value score
1.282::double
