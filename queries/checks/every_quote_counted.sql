-- Every quote counted: a negotiation must hold each of its loaded quotes as a revision.
-- grain: negotiation that lost a quote on the way, such as for want of an exchange rate
-- level: fail
with loaded as (
    select coalesce(revision_of, quote_id) as negotiation_id, count(*) as quotes
    from input_quotes
    group by coalesce(revision_of, quote_id)
)

select l.negotiation_id, l.quotes, n.revisions
from loaded as l
left join negotiations as n on l.negotiation_id = n.negotiation_id
where l.quotes <> coalesce(n.revisions, 0)
