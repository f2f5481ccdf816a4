{%- set names = [
    'preliminary_months', 'attendance_days', 'repatriation_months', 'coverage_months', 'short_talk_minutes',
    'long_talk_minutes', 'overdue_band_1_days', 'overdue_band_2_days', 'lead_time_first_days', 'lead_time_second_days',
    'lead_time_third_days', 'no_show_minutes', 'hourly_rate_dkk', 'postage_dkk',
] -%}
with

parameter_values as (
    select * from {{ ref('kpi_parameters') }}
),

numbers as (
    select
        parameter_values.parameter,
        cast(parameter_values.value as double) as value
    from parameter_values
)

select
    {%- for name in names %}
        max(case when numbers.parameter = '{{ name }}' then numbers.value end) as {{ name }},
    {%- endfor %}
    max(case when numbers.parameter = 'comparable_share_min' then numbers.value end) as comparable_share_min
from numbers
