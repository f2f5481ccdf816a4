select
    municipality_code,
    delivery_id,
    person_key,
    maaned_fra as first_month,
    maaned_til as last_month
from {{ source('eindkomst', 'opslag') }}
