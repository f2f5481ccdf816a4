with

municipalities as (
    select * from {{ ref('int_deliveries__municipalities_evaluated') }}
),

permits as (
    select * from {{ ref('stg_uip__permits') }}
    where person_key is null
)

-- inbound.md section 4: a person without CPR number is counted and never evaluated; UIP's own id tells them apart.
select
    municipalities.municipality_code,
    cast(count(distinct permits.uip_person_id) as bigint) as persons,
    cast(count(permits.permit_id) as bigint) as uip_rows
from municipalities
left join permits on municipalities.municipality_code = permits.municipality_code
group by all
