-- A view: the rows lie in the models of the criteria already.
{{ config(materialized='view') }}

{%- set criteria = ['resident', 'covered_group', 'residence_years', 'benefit_months', 'talk_due'] -%}
{%- set by_parameter_set = ['covered_group', 'residence_years', 'benefit_months'] -%}
with

parameters as (
    select * from {{ ref('int_rules__parameters') }}
),

{% for criterion in criteria -%}
    {{ criterion }} as (
        select * from {{ ref('int_eligibility__criterion_' ~ criterion) }}
        {{ "where parameter_set = 'in_force'" if criterion in by_parameter_set }}
    ){{ ',' if not loop.last }}

{% endfor -%}

{%- for criterion in criteria %}
    select
        {{ criterion }}.municipality_code,
        {{ criterion }}.person_key,
        '{{ criterion }}' as criterion,
        {{ criterion }}.outcome,
        {{ criterion }}.missing,
        {{ criterion }}.evidence_on
    from {{ criterion }}
    {{ 'inner join parameters on ' ~ criterion ~ '.as_of = parameters.as_of' if criterion not in by_parameter_set }}
    {{ 'union all' if not loop.last }}
{%- endfor %}
