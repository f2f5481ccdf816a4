select
    municipality_code,
    delivery_id,
    person_key,
    haendelse_id as event_id,
    forloeb_id as round_id,
    haendelsestype as event_type,
    kommunekode as event_municipality_code,
    dokument_reference as document_reference,
    haendelsesdato as event_on,
    udskudt_til as deferred_until
from {{ source('fagsystem', 'vejledningshaendelser') }}
