{%- set criteria = ['resident', 'covered_group', 'residence_years', 'benefit_months', 'talk_due'] -%}
{%- set by_parameter_set = ['covered_group', 'residence_years', 'benefit_months'] -%}
{%- for criterion in criteria %}
    select
        municipality_code,
        person_key,
        '{{ criterion }}' as criterion,
        outcome,
        missing,
        evidence_on
    from {{ ref('int_eligibility__criterion_' ~ criterion) }}
    {{ "where parameter_set = 'in_force'" if criterion in by_parameter_set }}
    {{ 'union all' if not loop.last }}
{%- endfor %}
