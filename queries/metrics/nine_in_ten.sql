-- Nine in ten: how many standard errors to either side of an estimate the interval reaches that holds nine in ten.
-- grain: value
-- units: value score
1.645::double
