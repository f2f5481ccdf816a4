with

municipalities as (
    select * from {{ ref('int_deliveries__municipalities_evaluated') }}
),

permits as (
    select * from {{ ref('stg_uip__permits') }}
),

rejected_tables as (
    select * from {{ ref('int_persons__rejected_tables') }}
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
),

in_uip as (
    select distinct
        permits.municipality_code,
        permits.person_key
    from permits
    where permits.person_key is not null
),

-- rules.md section 3: persons all of whose UIP rows are rejected belong to the base.
rejected_in_uip as (
    select
        rejected_tables.municipality_code,
        rejected_tables.person_key
    from rejected_tables
    where rejected_tables.has_rejected_opholdstilladelser
),

on_listed_benefit as (
    select distinct
        payments.municipality_code,
        payments.person_key
    from payments
    inner join listed_benefits on payments.benefit_code = listed_benefits.benefit_code
),

foreigners_on_listed_benefit as (
    select
        residents.municipality_code,
        residents.person_key
    from residents
    inner join on_listed_benefit
        on
            residents.municipality_code = on_listed_benefit.municipality_code
            and residents.person_key = on_listed_benefit.person_key
    inner join groups on residents.citizenship_group = groups.citizenship_group
    where groups.is_foreign = '1'
),

everyone as (
    select
        *,
        true as is_in_uip
    from in_uip
    union all
    select
        *,
        true as is_in_uip
    from rejected_in_uip
    union all
    select
        *,
        false as is_in_uip
    from foreigners_on_listed_benefit
)

select
    everyone.municipality_code,
    everyone.person_key,
    bool_or(everyone.is_in_uip) as has_uip_row
from everyone
inner join municipalities on everyone.municipality_code = municipalities.municipality_code
group by all
