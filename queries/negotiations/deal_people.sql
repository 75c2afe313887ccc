-- People in a deal: who of the customer took part, in which role and buying jobs, and when last.
-- Names are shown to those who look after the account.
-- grain: person
-- params: negotiation text
-- units: contact_id id, contact text, role text, events count, jobs count, digital_events count, last_event_on date
select
    s.contact_id,
    any_value(p.name) as contact,
    any_value(s.role) as role,
    count(*) as events,
    count(distinct s.buying_job) as jobs,
    count(*) filter (where s.channel = 'digital') as digital_events,
    max(s.occurred_on) as last_event_on
from negotiation_steps as s
left join contacts as p on s.contact_id = p.contact_id
where s.negotiation_id = $negotiation and s.contact_id is not null
group by s.contact_id
order by events desc, s.contact_id
