with

municipalities as (
    select * from {{ ref('int_deliveries__municipalities_evaluated') }}
),

residents as (
    select * from {{ ref('int_persons__residents') }}
),

groups as (
    select * from {{ ref('citizenship_groups') }}
),

payments as (
    select * from {{ ref('stg_fagsystem__payments') }}
),

listed_benefits as (
    select * from {{ ref('int_benefits__listed') }}
)

-- rules.md section 3: a non-Danish citizenship and at least one row of a listed benefit, of any month and amount.
select distinct
    listed_benefits.parameter_set,
    residents.municipality_code,
    residents.person_key
from residents
inner join municipalities on residents.municipality_code = municipalities.municipality_code
inner join payments
    on
        residents.municipality_code = payments.municipality_code
        and residents.person_key = payments.person_key
inner join listed_benefits on payments.benefit_code = listed_benefits.benefit_code
inner join groups on residents.citizenship_group = groups.citizenship_group
where groups.is_foreign = '1'
