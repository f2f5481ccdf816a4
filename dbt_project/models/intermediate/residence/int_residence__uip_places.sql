with

permits as (
    select * from {{ ref('stg_uip__permits') }}
),

counting as (
    select * from {{ ref('int_deliveries__counting') }}
    where source = 'uip'
)

-- rules.md C1: which UIP deliveries have the person in the municipality that delivered, and when they were taken.
select distinct
    permits.municipality_code,
    permits.person_key,
    counting.extracted_at
from permits
inner join counting on permits.municipality_code = counting.municipality_code
where
    permits.person_key is not null
    and permits.place_municipality_code = permits.municipality_code
