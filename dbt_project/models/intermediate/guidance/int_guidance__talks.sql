with

events as (
    select * from {{ ref('stg_fagsystem__guidance_events') }}
),

event_types as (
    select * from {{ ref('guidance_event_types') }}
),

reference_days as (
    select * from {{ ref('int_rules__reference_days') }}
),

dates as (
    select
        events.municipality_code,
        events.person_key,
        reference_days.as_of,
        reference_days.talk_interval_months,
        -- rules.md C5: a talk in another municipality counts only with a document reference.
        max(
            case
                when
                    event_types.is_talk = '1'
                    and (
                        events.event_municipality_code = events.municipality_code
                        or (
                            events.document_reference is not null
                            and reference_days.talk_in_other_municipality_counts = 'with_document_reference'
                        )
                    )
                    then events.event_on
            end
        ) as last_talk_on,
        max(case when event_types.is_closing_letter = '1' then events.event_on end) as last_closing_letter_on
    from events
    inner join event_types on events.event_type = event_types.event_type
    inner join reference_days on events.event_on <= reference_days.as_of
    group by all
)

select
    dates.as_of,
    dates.municipality_code,
    dates.person_key,
    dates.last_talk_on,
    {{ add_months('dates.last_talk_on', 'dates.talk_interval_months') }} as due_by_law,
    {{ add_months(
        'greatest(
            coalesce(dates.last_talk_on, dates.last_closing_letter_on),
            coalesce(dates.last_closing_letter_on, dates.last_talk_on)
        )',
        'dates.talk_interval_months'
    ) }} as due_by_practice
from dates
