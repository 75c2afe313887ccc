-- Discount depth: discounts over the list value of what was sold at a discount.
-- grain: value
-- params: discounts money, discounted_list_value money
-- units: value ratio
cast(discounts as double) / nullif(cast(discounted_list_value as double), 0)
