select
    municipality_code,
    delivery_id,
    person_key,
    ydelseskode as benefit_code,
    {{ month_start('periode_fra') }} as benefit_month,
    beloeb as amount_dkk
from {{ source('fagsystem', 'ydelser') }}
