with

events as (
    select * from {{ ref('stg_fagsystem__guidance_events') }}
),

event_types as (
    select * from {{ ref('guidance_event_types') }}
),

municipalities as (
    select * from {{ ref('int_deliveries__municipalities_evaluated') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
)

-- spec/kpi.md section 1 rules 2 and 4: dedicated talks only (the table holds no other), of those who did them.
select
    events.municipality_code,
    events.person_key,
    events.round_id,
    events.event_id,
    event_types.event_kind,
    events.channel,
    events.adviser,
    events.interpreter,
    events.outcome,
    events.event_on,
    events.agreed_on,
    events.talk_minutes,
    events.preparation_minutes,
    events.follow_up_minutes,
    events.interpreter_dkk,
    events.is_after_job_talk
from events
inner join event_types on events.event_type = event_types.event_type
inner join municipalities on events.municipality_code = municipalities.municipality_code
cross join parameters
where
    events.event_municipality_code = events.municipality_code
    and events.event_on <= parameters.as_of
