-- rules.md section 3: each step splits exactly those who were met in the step before it.
with

steps as (
    select
        attrition.municipality_code,
        attrition.step_number,
        attrition.met + attrition.not_met + attrition.unknown as persons,
        lag(attrition.met) over (
            partition by attrition.municipality_code
            order by attrition.step_number
        ) as met_before
    from {{ ref('attrition') }} as attrition
)

select
    steps.municipality_code,
    steps.step_number
from steps
where steps.persons <> steps.met_before
