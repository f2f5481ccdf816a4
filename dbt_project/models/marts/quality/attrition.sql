{%- set criteria = ['resident', 'covered_group', 'residence_years', 'benefit_months', 'talk_due'] -%}
with

statuses as (
    select * from {{ ref('int_eligibility__statuses') }}
),

municipalities as (
    select * from {{ ref('int_deliveries__municipalities_evaluated') }}
),

steps as (
    select
        statuses.municipality_code,
        0 as step_number,
        'base' as step,
        'met' as outcome
    from statuses
    {%- set ns = namespace(before=[]) %}
    {%- for criterion in criteria %}
        union all
        select
            statuses.municipality_code,
            {{ loop.index }} as step_number,
            '{{ criterion }}' as step,
            statuses.{{ criterion }}_outcome as outcome
        from statuses
        {%- if ns.before %}
            where
                {%- for earlier in ns.before %}
                    {{ 'and ' if not loop.first }}statuses.{{ earlier }}_outcome = 'met'
                {%- endfor %}
        {%- endif %}
        {%- set ns.before = ns.before + [criterion] %}
    {%- endfor %}
),

step_names as (
    select
        0 as step_number,
        'base' as step
    {%- for criterion in criteria %}
        union all
        select
            {{ loop.index }} as step_number,
            '{{ criterion }}' as step
    {%- endfor %}
),

all_steps as (
    select
        municipalities.municipality_code,
        step_names.step_number,
        step_names.step
    from municipalities
    cross join step_names
)

select
    all_steps.municipality_code,
    all_steps.step_number,
    all_steps.step,
{%- for outcome in ['met', 'not_met', 'unknown'] %}
    cast(count(case when steps.outcome = '{{ outcome }}' then 1 end) as bigint) as {{ outcome }}
    {{- ',' if not loop.last }}
{%- endfor %}
from all_steps
left join steps
    on
        all_steps.municipality_code = steps.municipality_code
        and all_steps.step = steps.step
group by all
