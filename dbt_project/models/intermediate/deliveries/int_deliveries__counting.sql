with

deliveries as (
    select * from {{ ref('stg_lake__deliveries') }}
)

select
    deliveries.municipality_code,
    deliveries.source,
    deliveries.delivery_id,
    deliveries.period_from,
    deliveries.period_to,
    deliveries.extracted_at,
    -- rules.md section 1: the newest counts; equal instants, the greater id in text order.
    row_number() over (
        partition by deliveries.municipality_code, deliveries.source
        order by deliveries.extracted_at desc, deliveries.delivery_id desc
    ) as recency
from deliveries
where deliveries.is_counting
