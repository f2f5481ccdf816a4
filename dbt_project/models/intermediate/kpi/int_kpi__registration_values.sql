{%- set fields = ['agreed_on', 'channel', 'adviser', 'is_after_job_talk', 'talk_minutes', 'preparation_minutes',
    'follow_up_minutes', 'interpreter', 'outcome'] -%}
with

coverage as (
    select * from {{ ref('int_kpi__period_coverage') }}
    where subject = 'guidance' and period_type = 'month'
),

events as (
    select * from {{ ref('int_kpi__contact_events') }}
),

registration_fields as (
    select * from {{ ref('kpi_registration_fields') }}
),

known_fields as (
    select
        events.municipality_code,
        {{ month_start('events.event_on') }} as month_on,
        registration_fields.field,
        case registration_fields.field
            {%- for field in fields %}
                when '{{ field }}' then events.{{ field }} is not null
            {%- endfor %}
        end as is_known
    from events
    inner join registration_fields on events.event_kind = registration_fields.event_kind
),

by_place as (
    select
        known_fields.municipality_code as place_code,
        known_fields.*
    from known_fields
    union all
    select
        'DK' as place_code,
        known_fields.*
    from known_fields
),

sums as (
    select
        by_place.place_code,
        by_place.month_on,
        '' as dimension,
        '' as dimension_value,
        count(case when by_place.is_known then 1 end) as known_values,
        count(*) as required_values
    from by_place
    group by by_place.place_code, by_place.month_on
    union all
    select
        by_place.place_code,
        by_place.month_on,
        'field' as dimension,
        by_place.field as dimension_value,
        count(case when by_place.is_known then 1 end) as known_values,
        count(*) as required_values
    from by_place
    group by by_place.place_code, by_place.month_on, by_place.field
)

select
    'K27' as kpi_id,
    'share' as measure,
    coverage.municipality_code,
    coverage.period_type,
    coverage.period_start,
    coverage.period_end,
    coalesce(sums.dimension, '') as dimension,
    coalesce(sums.dimension_value, '') as dimension_value,
    cast(coalesce(sums.known_values, 0) as double) as numerator,
    cast(coalesce(sums.required_values, 0) as double) as denominator,
    {{ ratio('sums.known_values', 'sums.required_values') }} as value,
    coverage.covered_share as known_share
from coverage
left join sums
    on
        coverage.municipality_code = sums.place_code
        and coverage.period_start = sums.month_on
