-- Lines whose amount disagrees: it is over a cent off quantity times unit price; the amount is what counts.
-- grain: order line
-- level: warn
select
    order_id,
    line_no,
    amount,
    round(cast(quantity as decimal(19, 3)) * unit_price, 2) as quantity_times_price
from input_order_lines
where abs(amount - round(cast(quantity as decimal(19, 3)) * unit_price, 2)) > 0.01
