select
    municipality_code,
    delivery_id,
    person_key,
    sag_id as case_id,
    afslutningsaarsag as closing_reason,
    aabnet_dato as opened_on,
    lukket_dato as closed_on
from {{ source('fagsystem', 'sager') }}
