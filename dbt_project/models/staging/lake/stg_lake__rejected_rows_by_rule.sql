select
    municipality_code,
    source,
    delivery_id,
    table_name,
    rule_id,
    rejected_rows
from {{ source('lake', 'rejected_rows_by_rule') }}
