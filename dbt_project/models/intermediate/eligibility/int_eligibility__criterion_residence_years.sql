with

base_population as (
    select * from {{ ref('int_persons__base_population') }}
),

parameter_sets as (
    select * from {{ ref('int_rules__parameter_sets') }}
    where {{ bears_on('residence_years') }}
),

permit_chains as (
    select * from {{ ref('int_residence__permit_chains') }}
),

rejected_tables as (
    select * from {{ ref('int_persons__rejected_tables') }}
),

never_enough as (
    select * from {{ ref('int_benefits__never_enough') }}
),

facts as (
    select
        parameter_sets.parameter_set,
        base_population.municipality_code,
        base_population.person_key,
        permit_chains.residence_since,
        -- § 5 stk. 1, 2. pkt.: "opholdstilladelse i Danmark i minimum 5 år", from the first day of the chain, or by
        -- parameter as many days in all as these years have.
        coalesce(
            case
                when parameter_sets.permit_chain = 'cumulative'
                    then
                        permit_chains.covered_days
                        >= {{ days_between(
                            add_years('parameter_sets.as_of', '-parameter_sets.permit_years_min'),
                            'parameter_sets.as_of'
                        ) }}
                else
                    parameter_sets.as_of
                    >= {{ add_years('permit_chains.residence_since', 'parameter_sets.permit_years_min') }}
            end,
            false
        ) as is_met,
        not base_population.has_uip_row as lacks_uip,
        coalesce(rejected_tables.has_rejected_opholdstilladelser, false) as has_rejected_opholdstilladelser
    from base_population
    inner join parameter_sets on base_population.as_of = parameter_sets.as_of
    left join permit_chains
        on
            parameter_sets.parameter_set = permit_chains.parameter_set
            and base_population.municipality_code = permit_chains.municipality_code
            and base_population.person_key = permit_chains.person_key
    left join rejected_tables
        on
            base_population.municipality_code = rejected_tables.municipality_code
            and base_population.person_key = rejected_tables.person_key
    left join never_enough
        on
            base_population.municipality_code = never_enough.municipality_code
            and base_population.person_key = never_enough.person_key
    where {{ is_worked_out('parameter_sets', 'never_enough') }}
)

select
    facts.parameter_set,
    facts.municipality_code,
    facts.person_key,
    case
        when facts.has_rejected_opholdstilladelser or facts.lacks_uip then 'unknown'
        when facts.is_met then 'met'
        else 'not_met'
    end as outcome,
    {{ missing_names({
        'opholdstilladelser': 'facts.has_rejected_opholdstilladelser',
        'uip': 'facts.lacks_uip',
    }) }} as missing,
    facts.residence_since as evidence_on,
    facts.residence_since
from facts
