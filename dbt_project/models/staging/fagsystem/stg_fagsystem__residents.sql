select
    municipality_code,
    delivery_id,
    person_key,
    cpr_status as cpr_status_code,
    kommunekode as residence_municipality_code,
    fraflytningskommune as from_municipality_code,
    statsborgerskab as country_code,
    tilflyttet_kommune_dato as arrived_on,
    adressebeskyttet as is_address_protected,
    digital_post as has_digital_post
from {{ source('fagsystem', 'borgere') }}
