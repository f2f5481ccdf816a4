with

parameter_sets as (
    select * from {{ ref('int_rules__parameter_sets') }}
)

select
    parameter_sets.as_of,
    parameter_sets.parameter_set,
    parameter_sets.is_back_cast,
    parameter_sets.rule_version,
    parameter_sets.permit_years_min,
    parameter_sets.benefit_months_min,
    parameter_sets.talk_interval_months,
    parameter_sets.closed_case_months,
    parameter_sets.talk_in_other_municipality_counts,
    parameter_sets.is_income_lawful
from parameter_sets
-- An alternative is no day: it decides D anew.
where parameter_sets.criterion is null
