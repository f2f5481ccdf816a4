with

municipality_list as (
    select * from {{ ref('kommuner') }}
),

evaluated as (
    select * from {{ ref('int_deliveries__municipalities_evaluated') }}
),

events as (
    select * from {{ ref('int_kpi__contact_events') }}
),

repatriations as (
    select * from {{ ref('stg_fagsystem__repatriations') }}
),

table_counts as (
    select * from {{ ref('stg_lake__table_counts') }}
    where source = 'fagsystem'
),

first_events as (
    select
        events.municipality_code,
        min(events.event_on) as first_on
    from events
    group by events.municipality_code
),

first_repatriations as (
    select
        repatriations.municipality_code,
        min(repatriations.applied_on) as first_on
    from repatriations
    group by repatriations.municipality_code
),

subjects as (
    select
        evaluated.municipality_code,
        'guidance' as subject,
        'vejledningshaendelser' as table_name,
        -- No event at all is no registration, not a zero: what came before the first one is not known.
        first_events.first_on,
        cast(evaluated.fagsystem_extracted_at as date) as known_until,
        evaluated.fagsystem_delivery_id
    from evaluated
    left join first_events on evaluated.municipality_code = first_events.municipality_code
    union all
    select
        evaluated.municipality_code,
        'repatriation' as subject,
        'repatrieringer' as table_name,
        -- Rare events: a table that was delivered is known as far back as the delivery's payments.
        least(first_repatriations.first_on, evaluated.period_from) as first_on,
        cast(evaluated.fagsystem_extracted_at as date) as known_until,
        evaluated.fagsystem_delivery_id
    from evaluated
    left join first_repatriations on evaluated.municipality_code = first_repatriations.municipality_code
),

known as (
    select
        subjects.municipality_code,
        subjects.subject,
        {{ month_start('subjects.first_on') }} as known_from,
        subjects.known_until,
        coalesce({{ ratio('table_counts.rows_accepted', 'table_counts.rows_read') }}, 1) as accepted_share
    from subjects
    -- A table that was not delivered is not known.
    inner join table_counts
        on
            subjects.municipality_code = table_counts.municipality_code
            and subjects.fagsystem_delivery_id = table_counts.delivery_id
            and subjects.table_name = table_counts.table_name
),

everyone as (
    select
        municipality_list.code as municipality_code,
        'guidance' as subject
    from municipality_list
    union all
    select
        municipality_list.code as municipality_code,
        'repatriation' as subject
    from municipality_list
)

select
    everyone.municipality_code,
    everyone.subject,
    known.known_from,
    known.known_until,
    coalesce(known.accepted_share, 0) as accepted_share
from everyone
left join known
    on
        everyone.municipality_code = known.municipality_code
        and everyone.subject = known.subject
