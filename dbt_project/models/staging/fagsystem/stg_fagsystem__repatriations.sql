select
    municipality_code,
    delivery_id,
    person_key,
    repatriering_id as repatriation_id,
    ansoegt_dato as applied_on,
    bevilget_dato as granted_on,
    udrejst_dato as departed_on
from {{ source('fagsystem', 'repatrieringer') }}
