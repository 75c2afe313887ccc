-- Half of a rate's interval: how far Wilson's interval reaches to either side of its middle.
-- grain: value
-- params: hits count, cases count
-- units: value ratio
nine_in_ten() * sqrt(hits * (cases - hits) / nullif(cases, 0) + nine_in_ten() * nine_in_ten() / 4)
/ (cases + nine_in_ten() * nine_in_ten())
