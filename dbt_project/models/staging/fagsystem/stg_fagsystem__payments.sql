select
    municipality_code,
    delivery_id,
    person_key,
    ydelseskode as benefit_code,
    {{ month_start('periode_fra') }} as benefit_month,
    periode_fra as period_from,
    periode_til as period_to,
    beloeb as amount_dkk
from {{ source('fagsystem', 'ydelser') }}
