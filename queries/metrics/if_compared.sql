-- If compared: a figure of the days compared with, where there are such days; without them it is unknown, not nothing.
-- grain: value
-- params: base_to date, figure money
-- units: value money
case when base_to is not null then figure end
