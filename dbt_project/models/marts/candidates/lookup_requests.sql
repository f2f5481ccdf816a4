with

statuses as (
    select * from {{ ref('int_eligibility__statuses') }}
),

months as (
    select * from {{ ref('int_benefits__months_combined') }}
),

texts as (
    select * from {{ ref('rule_texts') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
)

select
    statuses.person_key,
    statuses.municipality_code,
    parameters.as_of,
    months.first_not_covered_month as first_month,
    months.last_not_covered_month as last_month,
    purpose.text_da as purpose,
    legal_basis.text_da as legal_basis
from statuses
inner join months
    on
        statuses.municipality_code = months.municipality_code
        and statuses.person_key = months.person_key
inner join texts as purpose on purpose.text_id = 'look_up_purpose'
inner join texts as legal_basis on legal_basis.text_id = 'look_up_legal_basis'
cross join parameters
where statuses.needs_look_up
