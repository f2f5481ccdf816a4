{%- set kinds_counted = {
    'invitations': "'invitation'", 'reminders': "'reminder'", 'talks': "'talk'", 'no_shows': "'no_show'",
    'deferrals': "'deferral'", 'letters': "'invitation', 'reminder', 'closing_letter'",
} -%}
with

events as (
    select * from {{ ref('int_kpi__contact_events') }}
),

periods as (
    select * from {{ ref('int_kpi__periods') }}
),

parameters as (
    select * from {{ ref('int_kpi__parameters') }}
),

places as (
    select
        events.municipality_code as place_code,
        events.*
    from events
    -- The country: a person in two municipalities is one there.
    union all
    select
        'DK' as place_code,
        events.*
    from events
),

in_periods as (
    select
        places.*,
        places.is_after_job_talk as after_job_talk,
        periods.period_type,
        periods.period_start,
        periods.period_end
    from places
    inner join periods
        on
            places.event_on >= periods.period_start
            and places.event_on <= periods.period_end
            and (periods.only_municipality_code is null or places.place_code = periods.only_municipality_code)
),

-- The total, and talks alone by what they are split by.
sliced as (
    select
        in_periods.*,
        '' as dimension,
        '' as dimension_value
    from in_periods
    {%- for dimension in ['channel', 'adviser', 'after_job_talk'] %}
        union all
        select
            in_periods.*,
            '{{ dimension }}' as dimension,
            coalesce(cast(in_periods.{{ dimension }} as varchar), 'unknown') as dimension_value
        from in_periods
        where in_periods.event_kind = 'talk'
    {%- endfor %}
),

facts as (
    select
        sliced.place_code,
        sliced.period_type,
        sliced.period_start,
        sliced.period_end,
        sliced.dimension,
        sliced.dimension_value,
        sliced.person_key,
        sliced.event_kind,
        sliced.interpreter,
        sliced.interpreter_dkk,
        case when sliced.event_kind = 'talk' then sliced.talk_minutes end as talk_minutes,
        case
            when sliced.event_kind = 'talk'
                then sliced.preparation_minutes + sliced.talk_minutes + sliced.follow_up_minutes
        end as all_minutes,
        case
            when sliced.event_kind = 'talk' and sliced.preparation_minutes is not null
                then sliced.talk_minutes + sliced.follow_up_minutes
        end as minutes_without_preparation,
        -- K13: the adviser's time is set aside, whether it was written down or not.
        case
            when sliced.event_kind = 'no_show'
                then
                    case
                        when coalesce(sliced.preparation_minutes, sliced.talk_minutes, sliced.follow_up_minutes) is null
                            then parameters.no_show_minutes
                        else
                            coalesce(sliced.preparation_minutes, 0)
                            + coalesce(sliced.talk_minutes, 0)
                            + coalesce(sliced.follow_up_minutes, 0)
                    end
        end as no_show_minutes,
        parameters.short_talk_minutes,
        parameters.long_talk_minutes
    from sliced
    cross join parameters
)

select
    facts.place_code as municipality_code,
    facts.period_type,
    facts.period_start,
    facts.period_end,
    facts.dimension,
    facts.dimension_value,
    count(distinct case when facts.event_kind = 'invitation' then facts.person_key end) as persons_invited,
    count(distinct case when facts.event_kind = 'talk' then facts.person_key end) as persons_attended,
    {%- for column, kinds in kinds_counted.items() %}
        count(case when facts.event_kind in ({{ kinds }}) then 1 end) as {{ column }},
    {%- endfor %}
    count(facts.talk_minutes) as talks_timed,
    {{ median('facts.talk_minutes') }} as median_minutes,
    {{ lower_quartile('facts.talk_minutes') }} as lower_quartile_minutes,
    {{ upper_quartile('facts.talk_minutes') }} as upper_quartile_minutes,
    count(case when facts.talk_minutes < facts.short_talk_minutes then 1 end) as talks_short,
    count(case when facts.talk_minutes > facts.long_talk_minutes then 1 end) as talks_long,
    count(facts.all_minutes) as talks_with_all_minutes,
    coalesce(sum(facts.all_minutes), 0) as all_minutes,
    coalesce(sum(facts.minutes_without_preparation), 0) as minutes_without_preparation,
    coalesce(sum(facts.no_show_minutes), 0) as no_show_minutes,
    count(case when facts.event_kind = 'talk' then facts.interpreter end) as talks_with_interpreter_known,
    count(case when facts.event_kind = 'talk' and facts.interpreter = 'brugt' then 1 end) as talks_with_interpreter,
    count(case when facts.interpreter in ('brugt', 'bestilt_ikke_brugt') then 1 end) as bookings,
    count(case when facts.interpreter = 'bestilt_ikke_brugt' then 1 end) as bookings_not_used,
    count(
        case when facts.interpreter in ('brugt', 'bestilt_ikke_brugt') then facts.interpreter_dkk end
    ) as bookings_with_cost,
    coalesce(sum(facts.interpreter_dkk), 0) as interpreter_dkk
from facts
group by
    facts.place_code,
    facts.period_type,
    facts.period_start,
    facts.period_end,
    facts.dimension,
    facts.dimension_value
