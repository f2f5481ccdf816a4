{%- set criteria = ['resident', 'covered_group', 'residence_years', 'benefit_months', 'talk_due'] -%}
{%- set by_parameter_set = ['covered_group', 'residence_years', 'benefit_months', 'months'] -%}
{%- set duty_outcomes = [
    'resident.outcome', 'covered_group.outcome', 'residence_years.outcome', 'benefit_months.outcome',
] -%}
with

resident as (
    select * from {{ ref('int_eligibility__criterion_resident') }}
),

{% for criterion in criteria[1:] -%}
    {{ criterion }} as (
        select * from {{ ref('int_eligibility__criterion_' ~ criterion) }}
    ),

{% endfor -%}

months as (
    select * from {{ ref('int_benefits__months_decided') }}
),

reference_days as (
    select * from {{ ref('int_rules__reference_days') }}
),

outcomes as (
    select
        resident.as_of,
        resident.municipality_code,
        resident.person_key,
        {%- for criterion in criteria %}
            {{ criterion }}.outcome as {{ criterion }}_outcome,
        {%- endfor %}
        {{ union_of_missing([
            'resident.missing', 'covered_group.missing', 'residence_years.missing', 'benefit_months.missing',
            'talk_due.missing',
        ]) }} as missing,
        {{ status_of(duty_outcomes) }} as status,
        covered_group.covered_group,
        residence_years.residence_since,
        talk_due.last_talk_on,
        talk_due.due_by_law,
        talk_due.due_by_practice,
        -- rules.md section 3, look-up need: only months that an answer can decide, and only where it matters.
        resident.outcome <> 'not_met'
        and covered_group.outcome <> 'not_met'
        and residence_years.outcome <> 'not_met'
        and months.months_proven < reference_days.benefit_months_min
        and months.months_possible >= reference_days.benefit_months_min
        and reference_days.is_income_lawful
        and months.not_covered_bits <> 0 as needs_look_up
    from resident
    inner join reference_days on resident.as_of = reference_days.as_of
    {%- for criterion in criteria[1:] + ['months'] %}
        inner join {{ criterion }}
            on
                {% if criterion in by_parameter_set -%}
                    reference_days.parameter_set = {{ criterion }}.parameter_set
                {%- else -%}
                    resident.as_of = {{ criterion }}.as_of
                {%- endif %}
                and resident.municipality_code = {{ criterion }}.municipality_code
                and resident.person_key = {{ criterion }}.person_key
    {%- endfor %}
)

select
    outcomes.as_of,
    outcomes.municipality_code,
    outcomes.person_key,
    outcomes.status,
    outcomes.status = 'eligible' and outcomes.talk_due_outcome = 'met' as is_candidate,
    {%- for criterion in criteria %}
        outcomes.{{ criterion }}_outcome,
    {%- endfor %}
    outcomes.missing,
    outcomes.covered_group,
    outcomes.residence_since,
    outcomes.last_talk_on,
    outcomes.due_by_law,
    outcomes.due_by_practice,
    outcomes.needs_look_up
from outcomes
