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

listed_recipients as (
    select * from {{ ref('int_persons__listed_recipients') }}
    where parameter_set = 'in_force'
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
        listed_recipients.municipality_code,
        listed_recipients.person_key,
        false as is_in_uip
    from listed_recipients
)

select
    everyone.municipality_code,
    everyone.person_key,
    bool_or(everyone.is_in_uip) as has_uip_row
from everyone
inner join municipalities on everyone.municipality_code = municipalities.municipality_code
group by all
