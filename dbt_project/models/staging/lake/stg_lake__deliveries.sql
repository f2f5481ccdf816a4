select
    municipality_code,
    source,
    delivery_id,
    contract_version,
    legal_basis,
    period_from,
    period_to,
    extracted_at,
    is_counting
from {{ source('lake', 'deliveries') }}
