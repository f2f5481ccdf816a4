select
    municipality_code,
    source,
    delivery_id,
    table_name,
    line_number,
    person_key,
    rule_ids
from {{ source('lake', 'rejected_rows') }}
