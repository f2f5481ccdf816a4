select
    municipality_code,
    source,
    delivery_id,
    table_name,
    rows_read,
    rows_accepted,
    rows_rejected
from {{ source('lake', 'table_counts') }}
