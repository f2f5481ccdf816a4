with

events as (
    select * from {{ ref('stg_fagsystem__guidance_events') }}
),

event_types as (
    select * from {{ ref('guidance_event_types') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
),

-- rules.md section 5: events after D do not exist.
known_events as (
    select
        events.municipality_code,
        events.person_key,
        events.round_id,
        events.event_id,
        events.event_type,
        events.event_on,
        events.deferred_until,
        max(events.event_on) over (
            partition by events.municipality_code, events.person_key, events.round_id
        ) as round_newest_on,
        count(*) over (
            partition by events.municipality_code, events.person_key, events.round_id, events.event_type
        ) as events_of_type
    from events
    cross join parameters
    where events.event_on <= parameters.as_of
),

-- The newest round by its newest event, then its id; in it the last event, by date, then id.
last_events as (
    select
        known_events.*,
        row_number() over (
            partition by known_events.municipality_code, known_events.person_key
            order by
                known_events.round_newest_on desc,
                known_events.round_id desc,
                known_events.event_on desc,
                known_events.event_id desc
        ) as recency
    from known_events
)

select
    last_events.municipality_code,
    last_events.person_key,
    last_events.event_on as last_event_on,
    case
        -- After the interval of § 5 stk. 1 the round has lapsed.
        when parameters.as_of >= {{ add_months('last_events.event_on', 'parameters.talk_interval_months') }}
            then 'invite'
        when event_types.next_action_when_repeated is not null and last_events.events_of_type > 1
            then event_types.next_action_when_repeated
        when
            event_types.next_action_when_deferral_over is not null
            and last_events.deferred_until <= parameters.as_of
            then event_types.next_action_when_deferral_over
        else event_types.next_action
    end as next_action
from last_events
inner join event_types on last_events.event_type = event_types.event_type
cross join parameters
where last_events.recency = 1
