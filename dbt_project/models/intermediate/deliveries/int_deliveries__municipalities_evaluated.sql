with

counting as (
    select * from {{ ref('int_deliveries__counting') }}
),

uip as (
    select * from counting
    where source = 'uip'
),

fagsystem as (
    select * from counting
    where source = 'fagsystem'
)

-- rules.md section 1: a municipality that lacks a counting uip or fagsystem delivery is blocked.
select
    uip.municipality_code,
    uip.delivery_id as uip_delivery_id,
    fagsystem.delivery_id as fagsystem_delivery_id,
    uip.extracted_at as uip_extracted_at,
    fagsystem.extracted_at as fagsystem_extracted_at,
    fagsystem.period_from,
    fagsystem.period_to
from uip
inner join fagsystem on uip.municipality_code = fagsystem.municipality_code
