with

base_population as (
    select * from {{ ref('int_persons__base_population') }}
),

parameter_sets as (
    select * from {{ ref('int_rules__parameter_sets') }}
    where {{ bears_on('covered_group') }}
),

residents as (
    select * from {{ ref('int_persons__residents') }}
),

permits_in_force as (
    select * from {{ ref('int_residence__permits_in_force') }}
),

bases as (
    select * from {{ ref('residence_basis') }}
),

groups as (
    select * from {{ ref('citizenship_groups') }}
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
        base_population.has_uip_row,
        permits_in_force.person_key is not null as has_permit_in_force,
        -- § 3: the covered group of the basis; the Ukraine act by parameter only.
        case
            when permits_in_force.covered_group <> 'none' then permits_in_force.covered_group
            when bases.parameter = 'include_ukraine_act' and parameter_sets.include_ukraine_act
                then bases.covered_group_by_parameter
        end as covered_group,
        -- § 3: Nordic, EU, EEA and Swiss citizens are outside; Danish ones are no foreigners (parameter).
        coalesce(
            groups.is_outside_act = '1'
            and not (
                coalesce(groups.parameter = 'include_dual_danish_citizens', false)
                and parameter_sets.include_dual_danish_citizens
            ),
            false
        ) as is_citizenship_outside,
        permits_in_force.valid_from as evidence_on,
        coalesce(rejected_tables.has_rejected_borgere, false) as has_rejected_borgere,
        coalesce(rejected_tables.has_rejected_opholdstilladelser, false) as has_rejected_opholdstilladelser
    from base_population
    inner join parameter_sets on base_population.as_of = parameter_sets.as_of
    left join residents
        on
            base_population.municipality_code = residents.municipality_code
            and base_population.person_key = residents.person_key
    left join permits_in_force
        on
            base_population.as_of = permits_in_force.as_of
            and base_population.municipality_code = permits_in_force.municipality_code
            and base_population.person_key = permits_in_force.person_key
    left join bases on permits_in_force.basis_code = bases.basis_code
    left join groups
        on
            coalesce(residents.citizenship_group, permits_in_force.citizenship_group)
            = groups.citizenship_group
    left join rejected_tables
        on
            base_population.municipality_code = rejected_tables.municipality_code
            and base_population.person_key = rejected_tables.person_key
    left join never_enough
        on
            base_population.municipality_code = never_enough.municipality_code
            and base_population.person_key = never_enough.person_key
    where {{ is_worked_out('parameter_sets', 'never_enough') }}
),

lacks as (
    select
        facts.*,
        not facts.has_uip_row and not facts.is_citizenship_outside as lacks_uip
    from facts
),

outcomes as (
    select
        lacks.*,
        case
            when lacks.has_rejected_borgere or lacks.has_rejected_opholdstilladelser or lacks.lacks_uip
                then 'unknown'
            when lacks.is_citizenship_outside or not lacks.has_permit_in_force or lacks.covered_group is null
                then 'not_met'
            else 'met'
        end as outcome
    from lacks
)

select
    outcomes.parameter_set,
    outcomes.municipality_code,
    outcomes.person_key,
    outcomes.outcome,
    {{ missing_names({
        'borgere': 'outcomes.has_rejected_borgere',
        'opholdstilladelser': 'outcomes.has_rejected_opholdstilladelser',
        'uip': 'outcomes.lacks_uip',
    }) }} as missing,
    outcomes.evidence_on,
    case when outcomes.outcome = 'met' then outcomes.covered_group end as covered_group
from outcomes
