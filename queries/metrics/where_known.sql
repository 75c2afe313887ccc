-- Where known: an amount, where the other one that it is held against is known.
-- grain: value
-- params: amount money, other money
-- units: value money
case when other is not null then amount end
