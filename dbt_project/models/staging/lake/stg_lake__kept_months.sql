select
    municipality_code,
    source,
    delivery_id,
    person_key,
    income_class,
    benefit_code,
    paid_bits,
    whole_bits
from {{ source('lake', 'kept_months') }}
