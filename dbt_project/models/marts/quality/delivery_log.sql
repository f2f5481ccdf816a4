with

deliveries as (
    select * from {{ ref('stg_lake__deliveries') }}
),

table_counts as (
    select * from {{ ref('stg_lake__table_counts') }}
)

select
    deliveries.municipality_code,
    deliveries.source,
    deliveries.delivery_id,
    deliveries.contract_version,
    deliveries.extracted_at,
    deliveries.period_from,
    deliveries.period_to,
    deliveries.legal_basis,
    deliveries.is_counting,
    cast(coalesce(sum(table_counts.rows_read), 0) as bigint) as rows_read,
    cast(coalesce(sum(table_counts.rows_accepted), 0) as bigint) as rows_accepted,
    cast(coalesce(sum(table_counts.rows_rejected), 0) as bigint) as rows_rejected
from deliveries
left join table_counts
    on
        deliveries.municipality_code = table_counts.municipality_code
        and deliveries.source = table_counts.source
        and deliveries.delivery_id = table_counts.delivery_id
group by all
