{#- kpi, measure, numerator, denominator, value (none: numerator / denominator) -#}
{%- set measures = [
    ('K16', 'departed', 'shares.departed', none, 'shares.departed'),
    ('K16', 'applied', 'shares.applied', none, 'shares.applied'),
    ('K16', 'granted', 'shares.granted', none, 'shares.granted'),
    ('K17', 'share', 'shares.departed_after_talk', 'shares.first_talks', none),
] -%}
{%- set steps_counted = {
    'applied': "'applied'", 'granted': "'granted'", 'departed': "'departed'",
    'first_talks': "'first_talk', 'departed_after_talk'", 'departed_after_talk': "'departed_after_talk'",
} -%}
with

coverage as (
    select * from {{ ref('int_kpi__period_coverage') }}
),

repatriations as (
    select * from {{ ref('stg_fagsystem__repatriations') }}
),

municipalities as (
    select * from {{ ref('int_deliveries__municipalities_evaluated') }}
),

events as (
    select * from {{ ref('int_kpi__contact_events') }}
    where event_kind = 'talk'
),

kpi_parameters as (
    select * from {{ ref('int_kpi__parameters') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
),

-- Each of the three dates is a thing of its own; what is dated after D has not happened yet.
steps as (
    {%- for step in ['applied', 'granted', 'departed'] %}
        select
            repatriations.municipality_code,
            repatriations.person_key,
            '{{ step }}' as step,
            repatriations.{{ step }}_on as step_on
        from repatriations
        inner join municipalities on repatriations.municipality_code = municipalities.municipality_code
        cross join parameters
        where repatriations.{{ step }}_on <= parameters.as_of
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

first_talks as (
    select
        events.municipality_code,
        events.person_key,
        min(events.event_on) as talk_on
    from events
    group by events.municipality_code, events.person_key
),

talks_and_departures as (
    select distinct
        first_talks.municipality_code,
        first_talks.person_key,
        case when steps.person_key is null then 'first_talk' else 'departed_after_talk' end as step,
        first_talks.talk_on as step_on
    from first_talks
    cross join kpi_parameters
    left join steps
        on
            first_talks.municipality_code = steps.municipality_code
            and first_talks.person_key = steps.person_key
            and steps.step = 'departed'
            and first_talks.talk_on <= steps.step_on
            and {{ add_months('first_talks.talk_on', 'kpi_parameters.repatriation_months') }} >= steps.step_on
),

all_steps as (
    select * from steps
    union all
    select * from talks_and_departures
),

by_place as (
    select
        all_steps.municipality_code as place_code,
        all_steps.*
    from all_steps
    union all
    select
        'DK' as place_code,
        all_steps.*
    from all_steps
),

sums as (
    select
        coverage.municipality_code,
        coverage.period_type,
        coverage.period_start,
        coverage.period_end,
        {%- for column, steps in steps_counted.items() %}
            count(distinct case when by_place.step in ({{ steps }}) then by_place.person_key end) as {{ column }},
        {%- endfor %}
        coverage.covered_share
    from coverage
    left join by_place
        on
            coverage.municipality_code = by_place.place_code
            and coverage.period_start <= by_place.step_on
            and coverage.period_end >= by_place.step_on
    where coverage.subject = 'repatriation'
    group by
        coverage.municipality_code,
        coverage.period_type,
        coverage.period_start,
        coverage.period_end,
        coverage.covered_share
),

talks_covered as (
    select
        coverage.municipality_code,
        coverage.period_type,
        coverage.period_start,
        coverage.period_end,
        coverage.covered_share
    from coverage
    where coverage.subject = 'guidance'
),

-- K17 needs both tables: the talks and the departures.
shares as (
    select
        sums.*,
        sums.covered_share * coalesce(talks_covered.covered_share, 0) as both_covered_share
    from sums
    left join talks_covered
        on
            sums.municipality_code = talks_covered.municipality_code
            and sums.period_type = talks_covered.period_type
            and sums.period_start = talks_covered.period_start
            and sums.period_end = talks_covered.period_end
)

{% for kpi_id, measure, numerator, denominator, value in measures -%}
    select
        '{{ kpi_id }}' as kpi_id,
        '{{ measure }}' as measure,
        shares.municipality_code,
        shares.period_type,
        shares.period_start,
        shares.period_end,
        '' as dimension,
        '' as dimension_value,
        cast({{ numerator }} as double) as numerator,
        cast({{ denominator or 'null' }} as double) as denominator,
        cast({{ value or ratio(numerator, denominator) }} as double) as value,
        {{ 'shares.both_covered_share' if denominator else 'shares.covered_share' }} as known_share
    from shares
    {{ 'union all' if not loop.last }}
{% endfor %}
