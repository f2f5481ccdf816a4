{%- set of_stock = ['stock', 'duty', 'flow', 'lead', 'detection'] -%}
{%- set names = ['contact', 'round', 'repatriation', 'registration'] + of_stock -%}
with

kpi_measures as (
    select * from {{ ref('kpi_measures') }}
),

kpi_periods as (
    select * from {{ ref('kpi_periods') }}
),

kpi_parameters as (
    select * from {{ ref('int_kpi__parameters') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
),

{% for name in names -%}
    {{ name }}_values as (
        select * from {{ ref('int_kpi__' ~ name ~ '_values') }}
    ),

{% endfor -%}

found as (
    {%- for name in names %}
        select
            {%- for column in ['kpi_id', 'measure', 'municipality_code', 'period_type', 'period_start', 'period_end',
                'dimension', 'dimension_value', 'numerator', 'denominator', 'value', 'known_share'] %}
                {{ name }}_values.{{ column }},
            {%- endfor %}
            {{ name ~ '_values.rule_version' if name in of_stock else 'cast(null as varchar)' }} as rule_version,
            {{ name ~ '_values.is_backcast' if name in of_stock else 'false' }} as is_backcast
        from {{ name }}_values
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- spec/kpi.md section 1 rule 8: when a figure is final. Cohorts wait for their last day as well.
dated as (
    select
        found.*,
        greatest(
            {{ add_months('found.period_end', 'kpi_parameters.preliminary_months') }},
            case found.kpi_id
                when 'K09' then {{ add_days('found.period_end', 'kpi_parameters.attendance_days') }}
                when 'K17' then {{ add_months('found.period_end', 'kpi_parameters.repatriation_months') }}
                when 'K21' then {{ add_days('found.period_end', 'kpi_parameters.lead_time_third_days') }}
                else found.period_end
            end
        ) as final_on
    from found
    cross join kpi_parameters
)

select
    dated.kpi_id,
    dated.measure,
    kpi_measures.definition_version,
    coalesce(dated.rule_version, parameters.rule_version) as rule_version,
    dated.municipality_code,
    dated.period_type,
    dated.period_start,
    dated.period_end,
    dated.dimension,
    dated.dimension_value,
    -- What nothing is known of has no figure, not a zero.
    case when dated.known_share > 0 then {{ rounded('dated.numerator') }} end as numerator,
    case when dated.known_share > 0 then {{ rounded('dated.denominator') }} end as denominator,
    case when dated.known_share > 0 then {{ rounded('dated.value') }} end as value,
    kpi_measures.unit,
    {{ rounded('dated.known_share') }} as known_share,
    dated.period_type <> 'other'
    and dated.value is not null
    and dated.known_share >= kpi_parameters.comparable_share_min as is_comparable,
    parameters.as_of < dated.final_on as is_preliminary,
    dated.is_backcast
from dated
inner join kpi_measures
    on
        dated.kpi_id = kpi_measures.kpi_id
        and dated.measure = kpi_measures.measure
inner join kpi_periods
    on
        dated.kpi_id = kpi_periods.kpi_id
        and dated.period_type = kpi_periods.period_type
cross join kpi_parameters
cross join parameters
