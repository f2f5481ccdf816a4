with

events as (
    select * from {{ ref('int_kpi__contact_events') }}
),

cases as (
    select * from {{ ref('stg_fagsystem__cases') }}
),

closing_reasons as (
    select * from {{ ref('closing_reasons') }}
),

repatriations as (
    select * from {{ ref('stg_fagsystem__repatriations') }}
),

residents as (
    select * from {{ ref('int_persons__residents') }}
),

kpi_parameters as (
    select * from {{ ref('int_kpi__parameters') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
),

opened as (
    select
        events.municipality_code,
        events.person_key,
        events.round_id,
        min(events.event_on) as opened_on,
        min(case when events.event_kind = 'talk' then events.event_on end) as first_talk_on,
        min(case when events.event_kind = 'closing_letter' then events.event_on end) as first_closing_letter_on
    from events
    group by events.municipality_code, events.person_key, events.round_id
),

rounds as (
    select
        opened.*,
        {{ add_days('opened.opened_on', 'kpi_parameters.attendance_days') }} as last_day_to_attend
    from opened
    cross join kpi_parameters
),

last_events as (
    select
        rounds.municipality_code,
        rounds.person_key,
        rounds.round_id,
        events.event_kind,
        row_number() over (
            partition by rounds.municipality_code, rounds.person_key, rounds.round_id
            order by events.event_on desc, events.event_id desc
        ) as recency
    from rounds
    inner join events
        on
            rounds.municipality_code = events.municipality_code
            and rounds.person_key = events.person_key
            and rounds.round_id = events.round_id
            and rounds.last_day_to_attend >= events.event_on
),

departures as (
    select
        cases.municipality_code,
        cases.person_key,
        cases.closed_on as left_on
    from cases
    inner join closing_reasons on cases.closing_reason = closing_reasons.closing_reason
    cross join parameters
    where closing_reasons.has_left = '1' and cases.closed_on <= parameters.as_of
    union all
    select
        repatriations.municipality_code,
        repatriations.person_key,
        repatriations.departed_on as left_on
    from repatriations
    cross join parameters
    where repatriations.departed_on <= parameters.as_of
),

rounds_left as (
    select distinct
        rounds.municipality_code,
        rounds.person_key,
        rounds.round_id
    from rounds
    inner join departures
        on
            rounds.municipality_code = departures.municipality_code
            and rounds.person_key = departures.person_key
            and rounds.opened_on <= departures.left_on
            and rounds.last_day_to_attend >= departures.left_on
)

select
    rounds.municipality_code,
    rounds.person_key,
    rounds.round_id,
    rounds.opened_on,
    rounds.first_talk_on,
    -- K11: a round is closed on the day of its first talk or closing letter.
    least(
        coalesce(rounds.first_talk_on, rounds.first_closing_letter_on),
        coalesce(rounds.first_closing_letter_on, rounds.first_talk_on)
    ) as closed_on,
    rounds.first_talk_on is null and rounds.first_closing_letter_on is not null as is_closed_without_talk,
    coalesce(rounds.first_talk_on <= rounds.last_day_to_attend, false) as is_attended,
    -- K09: without a talk, and cancelled by the municipality or of a person who moved out, a round tells nothing.
    coalesce(rounds.first_talk_on > rounds.last_day_to_attend, true)
    and (
        last_events.event_kind = 'cancelled_by_municipality'
        or rounds_left.round_id is not null
        -- CPR has no date of the removal: while the days run, who has left did so within them.
        or (
            parameters.as_of <= rounds.last_day_to_attend
            and coalesce(
                not residents.is_in_population
                or residents.residence_municipality_code <> rounds.municipality_code,
                false
            )
        )
    ) as is_left_out
from rounds
inner join last_events
    on
        rounds.municipality_code = last_events.municipality_code
        and rounds.person_key = last_events.person_key
        and rounds.round_id = last_events.round_id
        and last_events.recency = 1
left join rounds_left
    on
        rounds.municipality_code = rounds_left.municipality_code
        and rounds.person_key = rounds_left.person_key
        and rounds.round_id = rounds_left.round_id
left join residents
    on
        rounds.municipality_code = residents.municipality_code
        and rounds.person_key = residents.person_key
cross join parameters
