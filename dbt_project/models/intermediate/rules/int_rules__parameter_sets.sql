with

parameter_values as (
    select * from {{ ref('rule_parameters') }}
),

rule_versions as (
    select * from {{ ref('rule_versions') }}
),

alternatives as (
    select * from {{ ref('rule_alternatives') }}
),

in_force as (
    select
        parameter_values.parameter,
        parameter_values.value
    from parameter_values
    where
        cast(parameter_values.valid_from as date) <= {{ as_of_date() }}
        and (
            parameter_values.valid_to is null
            or {{ as_of_date() }} < cast(parameter_values.valid_to as date)
        )
),

version_in_force as (
    select rule_versions.rule_version
    from rule_versions
    where
        cast(rule_versions.valid_from as date) <= {{ as_of_date() }}
        and (
            rule_versions.valid_to is null
            or {{ as_of_date() }} < cast(rule_versions.valid_to as date)
        )
),

-- rules.md section 6, Sensitivity: the values in force, and for each alternative the same with one of them changed.
changes as (
    select
        'in_force' as parameter_set,
        cast(null as varchar) as criterion,
        cast(null as varchar) as parameter,
        cast(null as varchar) as other_value
    union all
    select
        alternatives.alternative as parameter_set,
        alternatives.criterion,
        alternatives.parameter,
        alternatives.value as other_value
    from alternatives
),

set_values as (
    select
        changes.parameter_set,
        changes.criterion,
        in_force.parameter,
        case
            when in_force.parameter = changes.parameter then changes.other_value
            else in_force.value
        end as set_value
    from changes
    cross join in_force
)

select
    set_values.parameter_set,
    set_values.criterion,
    {{ as_of_date() }} as as_of,
    (select version_in_force.rule_version from version_in_force) as rule_version,
    {%- for name in ['permit_years_min', 'permit_gap_tolerance_days', 'window_months', 'benefit_months_min',
        'talk_interval_months', 'closed_case_months', 'employment_months'] %}
        max(case when set_values.parameter = '{{ name }}' then cast(set_values.set_value as integer) end) as {{ name }},
    {%- endfor %}
    {%- for name in ['include_dual_danish_citizens', 'include_ukraine_act', 'count_integrationsydelse_as_sho'] %}
        max(case when set_values.parameter = '{{ name }}' then set_values.set_value end) = 'true' as {{ name }},
    {%- endfor %}
    {%- for name in ['permit_chain', 'month_counting', 'window_end', 'talk_in_other_municipality_counts'] %}
        max(case when set_values.parameter = '{{ name }}' then set_values.set_value end) as {{ name }},
    {%- endfor %}
    -- § 5 stk. 2: the income register may be used from this date on.
    max(case when set_values.parameter = 'income_lawful_from' then cast(set_values.set_value as date) end)
    <= {{ as_of_date() }} as is_income_lawful
from set_values
group by set_values.parameter_set, set_values.criterion
