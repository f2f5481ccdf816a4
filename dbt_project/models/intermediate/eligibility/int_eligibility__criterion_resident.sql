with

base_population as (
    select * from {{ ref('int_persons__base_population') }}
),

municipalities as (
    select * from {{ ref('int_deliveries__municipalities_evaluated') }}
),

residents as (
    select * from {{ ref('int_persons__residents') }}
),

uip_places as (
    select * from {{ ref('int_residence__uip_places') }}
),

rejected_tables as (
    select * from {{ ref('int_persons__rejected_tables') }}
),

-- Another municipality's newer UIP delivery has the person there: the only thing that C1 takes from others.
claimed_elsewhere as (
    select distinct
        own_place.municipality_code,
        own_place.person_key
    from uip_places as own_place
    inner join uip_places as other_place
        on
            own_place.person_key = other_place.person_key
            and own_place.municipality_code <> other_place.municipality_code
            and own_place.extracted_at < other_place.extracted_at
),

facts as (
    select
        base_population.as_of,
        base_population.municipality_code,
        base_population.person_key,
        case
            -- § 5 stk. 1 (bopælskommune): CPR decides where it speaks, ...
            when residents.person_key is not null
                then
                    residents.is_in_population
                    and residents.residence_municipality_code = base_population.municipality_code
                    and coalesce(residents.arrived_on <= base_population.as_of, true)
            -- ... else UIP, unless a newer UIP delivery has the person elsewhere.
            else own_place.person_key is not null and claimed_elsewhere.person_key is null
        end as is_met,
        coalesce(residents.arrived_on, cast(municipalities.uip_extracted_at as date)) as evidence_on,
        coalesce(rejected_tables.has_rejected_borgere, false) as lacks_borgere,
        coalesce(rejected_tables.has_rejected_opholdstilladelser, false)
        and residents.person_key is null as lacks_opholdstilladelser
    from base_population
    inner join municipalities on base_population.municipality_code = municipalities.municipality_code
    left join residents
        on
            base_population.municipality_code = residents.municipality_code
            and base_population.person_key = residents.person_key
    left join uip_places as own_place
        on
            base_population.municipality_code = own_place.municipality_code
            and base_population.person_key = own_place.person_key
    left join claimed_elsewhere
        on
            base_population.municipality_code = claimed_elsewhere.municipality_code
            and base_population.person_key = claimed_elsewhere.person_key
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
        when facts.lacks_borgere or facts.lacks_opholdstilladelser then 'unknown'
        when facts.is_met then 'met'
        else 'not_met'
    end as outcome,
    {{ missing_names({
        'borgere': 'facts.lacks_borgere',
        'opholdstilladelser': 'facts.lacks_opholdstilladelser',
    }) }} as missing,
    facts.evidence_on
from facts
