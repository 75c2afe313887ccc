-- Middle of a rate's interval: the rate drawn towards one half, as Wilson's interval lies around it.
-- grain: value
-- params: hits count, cases count
-- units: value ratio
(hits + nine_in_ten() * nine_in_ten() / 2) / (cases + nine_in_ten() * nine_in_ten())
