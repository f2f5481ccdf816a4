-- inbound.md section 3: accepted + rejected = read, per table of every delivery.
select
    table_counts.municipality_code,
    table_counts.source,
    table_counts.delivery_id,
    table_counts.table_name
from {{ ref('stg_lake__table_counts') }} as table_counts
where table_counts.rows_accepted + table_counts.rows_rejected <> table_counts.rows_read
