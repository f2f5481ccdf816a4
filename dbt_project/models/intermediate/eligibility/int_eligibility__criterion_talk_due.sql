with

base_population as (
    select * from {{ ref('int_persons__base_population') }}
),

talks as (
    select * from {{ ref('int_guidance__talks') }}
),

rejected_tables as (
    select * from {{ ref('int_persons__rejected_tables') }}
),

facts as (
    select
        base_population.as_of,
        base_population.municipality_code,
        base_population.person_key,
        talks.last_talk_on,
        talks.due_by_law,
        talks.due_by_practice,
        -- § 5 stk. 1, 2. pkt.: "minimum hvert andet år".
        coalesce(base_population.as_of >= talks.due_by_law, true) as is_met,
        coalesce(rejected_tables.has_rejected_vejledningshaendelser, false)
            as has_rejected_vejledningshaendelser
    from base_population
    left join talks
        on
            base_population.as_of = talks.as_of
            and base_population.municipality_code = talks.municipality_code
            and base_population.person_key = talks.person_key
    left join rejected_tables
        on
            base_population.municipality_code = rejected_tables.municipality_code
            and base_population.person_key = rejected_tables.person_key
)

select
    facts.as_of,
    facts.municipality_code,
    facts.person_key,
    case
        when facts.has_rejected_vejledningshaendelser then 'unknown'
        when facts.is_met then 'met'
        else 'not_met'
    end as outcome,
    {{ missing_names({'vejledningshaendelser': 'facts.has_rejected_vejledningshaendelser'}) }} as missing,
    facts.last_talk_on as evidence_on,
    facts.last_talk_on,
    facts.due_by_law,
    facts.due_by_practice
from facts
