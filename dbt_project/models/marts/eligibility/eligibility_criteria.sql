-- A view: the outcomes lie in the models of the criteria; millions of rows are written when published.
{{ config(materialized='view') }}

with

criteria as (
    select * from {{ ref('int_eligibility__criteria') }}
),

rule_criteria as (
    select * from {{ ref('rule_criteria') }}
),

rule_parameters as (
    select * from {{ ref('rule_parameters') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
),

months as (
    select * from {{ ref('int_benefits__months_combined') }}
),

in_force as (
    select
        rule_parameters.parameter,
        rule_parameters.value
    from rule_parameters
    cross join parameters
    where
        cast(rule_parameters.valid_from as date) <= parameters.as_of
        and (
            rule_parameters.valid_to is null
            or parameters.as_of < cast(rule_parameters.valid_to as date)
        )
)

select
    criteria.person_key,
    criteria.municipality_code,
    parameters.as_of,
    cast(rule_criteria.position as integer) as criterion_number,
    criteria.criterion,
    criteria.outcome,
    criteria.missing,
    criteria.evidence_on,
    case when criteria.criterion = 'benefit_months' then months.months_proven end as months_proven,
    case when criteria.criterion = 'benefit_months' then months.months_possible end as months_possible,
    rule_criteria.parameter,
    in_force.value as parameter_value,
    rule_criteria.law_reference
from criteria
cross join parameters
inner join rule_criteria on criteria.criterion = rule_criteria.criterion
left join months
    on
        criteria.municipality_code = months.municipality_code
        and criteria.person_key = months.person_key
left join in_force on rule_criteria.parameter = in_force.parameter
