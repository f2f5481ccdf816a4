{%- set criteria = ['resident', 'covered_group', 'residence_years', 'benefit_months', 'talk_due'] -%}
{%- for criterion in criteria %}
    select
        municipality_code,
        person_key,
        '{{ criterion }}' as criterion,
        outcome,
        missing,
        evidence_on
    from {{ ref('int_eligibility__criterion_' ~ criterion) }}
    {{ 'union all' if not loop.last }}
{%- endfor %}
