-- Digital and personal contact: how customers and we met in each of the six buying jobs.
-- Events of requests of the last 12 months whose channel is known. Digital is what the customer did without a person of
-- ours; personal, by telephone and by e-mail are between people.
-- grain: buying job
-- needs: touches, jobs
-- params: date_to date, segment text, owner text
-- units: place label, events count, digital ratio, in_person ratio, by_phone ratio, by_email ratio, people_a_deal score
with events as (
    select s.negotiation_id, s.buying_job, s.channel, s.contact_id
    from negotiation_steps as s
    inner join negotiations as n on s.negotiation_id = n.negotiation_id
    where
        s.buying_job is not null
        and s.channel is not null
        and n.requested_on > $date_to::date - interval 1 year
        and ($segment is null or n.segment = $segment)
        and ($owner is null or n.rep_id = $owner)
)

select
    buying_job as place,
    count(*) as events,
    count(*) filter (where channel = 'digital') / count(*) as digital,
    count(*) filter (where channel = 'personal') / count(*) as in_person,
    count(*) filter (where channel = 'phone') / count(*) as by_phone,
    count(*) filter (where channel = 'email') / count(*) as by_email,
    count(distinct row(negotiation_id, contact_id)) filter (where contact_id is not null)
    / nullif(count(distinct negotiation_id) filter (where contact_id is not null), 0) as people_a_deal
from events
group by buying_job
order by buying_job
