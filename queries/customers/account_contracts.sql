-- Contracts: the customer's agreements, those that run first, the latest start first.
-- A review is due when its day has come and the contract has not ended.
-- grain: contract
-- needs: contracts
-- params: customer text, date_to date, page_start integer, page_rows integer
-- units: contract_id id, state label, starts_on date, ends_on date, review_on date, annual_value money, contracts count
with judged as (
    select
        *,
        case
            when ends_on < $date_to::date then 'ended'
            when review_on <= $date_to::date then 'review_due'
            when starts_on > $date_to::date then 'to_come'
            else 'running'
        end as state
    from contracts
    where customer_id = $customer
)

select
    contract_id,
    state,
    starts_on,
    ends_on,
    review_on,
    annual_value,
    cast(count(*) over () as bigint) as contracts
from judged
order by state = 'ended', starts_on desc, contract_id
limit $page_rows offset $page_start
