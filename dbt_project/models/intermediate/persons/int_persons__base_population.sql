with

evaluated_days as (
    select * from {{ ref('int_deliveries__evaluated_days') }}
),

permits as (
    select * from {{ ref('stg_uip__permits') }}
),

rejected_tables as (
    select * from {{ ref('int_persons__rejected_tables') }}
),

listed_recipients as (
    select * from {{ ref('int_persons__listed_recipients') }}
),

never_enough as (
    select * from {{ ref('int_benefits__never_enough') }}
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

uip_persons as (
    select * from in_uip
    union distinct
    select * from rejected_in_uip
),

persons as (
    select
        uip_persons.municipality_code,
        uip_persons.person_key,
        true as is_in_uip,
        cast(null as varchar) as parameter_set
    from uip_persons
    union all
    select
        listed_recipients.municipality_code,
        listed_recipients.person_key,
        false as is_in_uip,
        listed_recipients.parameter_set
    from listed_recipients
)

select
    evaluated_days.as_of,
    persons.municipality_code,
    persons.person_key,
    bool_or(persons.is_in_uip) as has_uip_row
from persons
left join never_enough
    on
        persons.municipality_code = never_enough.municipality_code
        and persons.person_key = never_enough.person_key
inner join evaluated_days
    on
        persons.municipality_code = evaluated_days.municipality_code
        and coalesce(persons.parameter_set = evaluated_days.parameter_set, true)
-- Whoever cannot have enough months is not eligible on all days: on earlier ones not even looked at.
where {{ is_looked_at('evaluated_days', 'never_enough') }}
group by all
