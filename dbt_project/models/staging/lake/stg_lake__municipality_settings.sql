select
    municipality_code,
    closed_case_months
from {{ source('lake', 'municipality_settings') }}
