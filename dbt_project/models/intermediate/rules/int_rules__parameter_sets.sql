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

-- kpi.md rule 2: month ends before D are back-cast with what is known now, by the rules of their own day.
days as (
    select
        {{ as_of_date() }} as as_of,
        false as is_back_cast
    {%- for months_back in range(month_ends() | int) %}
        union all
        select
            {{ month_end_before(as_of_date(), months_back) }} as as_of,
            true as is_back_cast
    {%- endfor %}
),

-- No duty before the first rule version: a month end without one is no reference day.
reference_days as (
    select
        days.as_of,
        days.is_back_cast,
        rule_versions.rule_version
    from days
    inner join rule_versions
        on
            cast(rule_versions.valid_from as date) <= days.as_of
            and (rule_versions.valid_to is null or days.as_of < cast(rule_versions.valid_to as date))
),

in_force as (
    select
        reference_days.as_of,
        parameter_values.parameter,
        parameter_values.value
    from reference_days
    inner join parameter_values
        on
            cast(parameter_values.valid_from as date) <= reference_days.as_of
            and (
                parameter_values.valid_to is null
                or reference_days.as_of < cast(parameter_values.valid_to as date)
            )
),

-- rules.md section 6, Sensitivity: the values in force, and for each alternative the same with one of them changed.
changes as (
    select
        case
            when reference_days.is_back_cast then 'month_end=' || cast(reference_days.as_of as varchar)
            else 'in_force'
        end as parameter_set,
        cast(null as varchar) as criterion,
        reference_days.as_of,
        reference_days.is_back_cast,
        reference_days.rule_version,
        cast(null as varchar) as parameter,
        cast(null as varchar) as other_value
    from reference_days
    union all
    select
        alternatives.alternative as parameter_set,
        alternatives.criterion,
        reference_days.as_of,
        reference_days.is_back_cast,
        reference_days.rule_version,
        alternatives.parameter,
        alternatives.value as other_value
    from alternatives
    cross join reference_days
    where not reference_days.is_back_cast
),

set_values as (
    select
        changes.parameter_set,
        changes.criterion,
        changes.as_of,
        changes.is_back_cast,
        changes.rule_version,
        in_force.parameter,
        case
            when in_force.parameter = changes.parameter then changes.other_value
            else in_force.value
        end as set_value
    from changes
    inner join in_force on changes.as_of = in_force.as_of
)

select
    set_values.parameter_set,
    set_values.criterion,
    set_values.as_of,
    set_values.is_back_cast,
    set_values.rule_version,
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
    <= set_values.as_of as is_income_lawful
from set_values
group by
    set_values.parameter_set,
    set_values.criterion,
    set_values.as_of,
    set_values.is_back_cast,
    set_values.rule_version
