select
    municipality_code,
    delivery_id,
    person_key,
    tilladelse_id as permit_id,
    person_id as uip_person_id,
    statsborgerskab as country_code,
    opholdsgrundlag as basis_code,
    status as status_code,
    kommunekode as place_municipality_code,
    gyldig_fra as valid_from,
    gyldig_til as valid_to,
    status_dato as status_on
from {{ source('uip', 'opholdstilladelser') }}
