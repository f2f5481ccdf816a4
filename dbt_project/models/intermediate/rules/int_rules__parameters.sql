with

parameter_sets as (
    select * from {{ ref('int_rules__parameter_sets') }}
)

select
    parameter_sets.as_of,
    parameter_sets.rule_version,
    parameter_sets.permit_years_min,
    parameter_sets.permit_gap_tolerance_days,
    parameter_sets.window_months,
    parameter_sets.benefit_months_min,
    parameter_sets.talk_interval_months,
    parameter_sets.closed_case_months,
    parameter_sets.employment_months,
    parameter_sets.include_dual_danish_citizens,
    parameter_sets.include_ukraine_act,
    parameter_sets.count_integrationsydelse_as_sho,
    parameter_sets.permit_chain,
    parameter_sets.month_counting,
    parameter_sets.window_end,
    parameter_sets.talk_in_other_municipality_counts,
    parameter_sets.is_income_lawful
from parameter_sets
where parameter_sets.parameter_set = 'in_force'
