select
    municipality_code,
    as_of
from {{ source('lake', 'feeds') }}
