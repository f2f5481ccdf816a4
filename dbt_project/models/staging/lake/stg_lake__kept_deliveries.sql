select
    municipality_code,
    source,
    delivery_id,
    first_month,
    last_month,
    employment_from
from {{ source('lake', 'kept_deliveries') }}
