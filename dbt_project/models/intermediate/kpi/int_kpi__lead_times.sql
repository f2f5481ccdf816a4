with

duty_days as (
    select * from {{ ref('int_kpi__duty_days') }}
),

events as (
    select * from {{ ref('int_kpi__contact_events') }}
    where event_kind = 'invitation'
),

reference_days as (
    select * from {{ ref('int_kpi__reference_days') }}
),

newest_days as (
    select
        reference_days.municipality_code,
        max(reference_days.reference_on) as newest_on
    from reference_days
    group by reference_days.municipality_code
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
),

-- One row per spell whose beginning was seen: on its first month end.
spells as (
    select
        duty_days.municipality_code,
        duty_days.person_key,
        duty_days.reference_on,
        duty_days.first_route,
        duty_days.spell_from,
        -- Who is no longer eligible, or not invited yet, is followed to that day only.
        case
            when duty_days.last_reference_on < newest_days.newest_on then duty_days.last_reference_on
            else parameters.as_of
        end as followed_to
    from duty_days
    inner join newest_days on duty_days.municipality_code = newest_days.municipality_code
    cross join parameters
    where duty_days.is_start_seen and duty_days.reference_on = duty_days.first_reference_on
)

select
    spells.municipality_code,
    spells.person_key,
    spells.reference_on,
    spells.first_route,
    {{ days_between('spells.spell_from', 'min(events.event_on)') }} as days_to_invitation,
    {{ days_between('spells.spell_from', 'spells.followed_to') }} as days_followed
from spells
left join events
    on
        spells.municipality_code = events.municipality_code
        and spells.person_key = events.person_key
        and spells.spell_from <= events.event_on
group by
    spells.municipality_code,
    spells.person_key,
    spells.reference_on,
    spells.first_route,
    spells.spell_from,
    spells.followed_to
