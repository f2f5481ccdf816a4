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

permits as (
    select * from {{ ref('stg_uip__permits') }}
),

listed_benefits as (
    select * from {{ ref('int_benefits__listed') }}
),

paid_benefits as (
    select distinct
        residents.municipality_code,
        residents.person_key,
        payments.benefit_code
    from residents
    inner join municipalities on residents.municipality_code = municipalities.municipality_code
    inner join groups on residents.citizenship_group = groups.citizenship_group
    inner join payments
        on
            residents.municipality_code = payments.municipality_code
            and residents.person_key = payments.person_key
    left join permits
        on
            residents.municipality_code = permits.municipality_code
            and residents.person_key = permits.person_key
    where
        groups.is_foreign = '1'
        and permits.person_key is null
)

-- rules.md section 3: a non-Danish citizenship and at least one row of a listed benefit, of any month and amount.
select distinct
    listed_benefits.parameter_set,
    paid_benefits.municipality_code,
    paid_benefits.person_key
from paid_benefits
inner join listed_benefits on paid_benefits.benefit_code = listed_benefits.benefit_code
