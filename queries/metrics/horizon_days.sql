-- Horizon: within how many days what an alert announces should have come.
-- Kinds are a silent account, a category at risk and a growth proposal; it is these days that alerts are judged by.
-- grain: value
-- params: kind label
-- units: value days
case kind when 'late' then 90 when 'category_risk' then 60 when 'growth' then 90 end
