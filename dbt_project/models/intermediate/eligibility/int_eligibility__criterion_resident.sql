with

base_population as (
    select * from {{ ref('int_persons__base_population') }}
),

municipalities as (
    select * from {{ ref('int_deliveries__municipalities_evaluated') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
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
        base_population.municipality_code,
        base_population.person_key
    from base_population
    inner join municipalities on base_population.municipality_code = municipalities.municipality_code
    inner join uip_places
        on
            base_population.person_key = uip_places.person_key
            and base_population.municipality_code <> uip_places.municipality_code
            and municipalities.uip_extracted_at < uip_places.extracted_at
),

facts as (
    select
        base_population.municipality_code,
        base_population.person_key,
        case
            -- § 5 stk. 1 (bopælskommune): CPR decides where it speaks, ...
            when residents.person_key is not null
                then
                    residents.is_in_population
                    and residents.residence_municipality_code = base_population.municipality_code
                    and coalesce(residents.arrived_on <= parameters.as_of, true)
            -- ... else UIP, unless a newer UIP delivery has the person elsewhere.
            else own_place.person_key is not null and claimed_elsewhere.person_key is null
        end as is_met,
        coalesce(residents.arrived_on, cast(municipalities.uip_extracted_at as date)) as evidence_on,
        coalesce(rejected_tables.has_rejected_borgere, false) as lacks_borgere,
        coalesce(rejected_tables.has_rejected_opholdstilladelser, false)
        and residents.person_key is null as lacks_opholdstilladelser
    from base_population
    inner join municipalities on base_population.municipality_code = municipalities.municipality_code
    cross join parameters
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
