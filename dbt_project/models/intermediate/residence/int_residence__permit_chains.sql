with

permits as (
    select * from {{ ref('stg_uip__permits') }}
),

reference_days as (
    select * from {{ ref('int_rules__reference_days') }}
),

never_enough as (
    select * from {{ ref('int_benefits__never_enough') }}
),

parameter_sets as (
    select * from {{ ref('int_rules__parameter_sets') }}
    where {{ bears_on('residence_years') }}
),

statuses as (
    select * from {{ ref('permit_statuses') }}
),

bases as (
    select * from {{ ref('residence_basis') }}
),

-- rules.md C3: what a permit covers, both days inclusive, up to D; later days decide nothing.
covered as (
    select
        permits.municipality_code,
        permits.person_key,
        permits.permit_id,
        permits.valid_from as covered_from,
        least(
            coalesce(permits.valid_to, reference_days.as_of),
            coalesce(
                case
                    when statuses.is_in_force = '0' then {{ add_days('permits.status_on', -1) }}
                end,
                reference_days.as_of
            ),
            reference_days.as_of
        ) as covered_to,
        reference_days.as_of,
        never_enough.person_key is null as may_have_enough
    from permits
    inner join statuses on permits.status_code = statuses.status
    inner join bases on permits.basis_code = bases.basis_code
    cross join reference_days
    left join never_enough
        on
            permits.municipality_code = never_enough.municipality_code
            and permits.person_key = never_enough.person_key
    where
        permits.person_key is not null
        and {{ is_looked_at('reference_days', 'never_enough') }}
        and permits.valid_from <= reference_days.as_of
        and bases.is_permit = '1'
),

pieces as (
    select
        covered.*,
        max(covered.covered_to) over (
            partition by covered.as_of, covered.municipality_code, covered.person_key
            order by covered.covered_from, covered.covered_to, covered.permit_id
            rows between unbounded preceding and 1 preceding
        ) as furthest_before
    from covered
    where covered.covered_to >= covered.covered_from
),

starts as (
    select
        parameter_sets.parameter_set,
        pieces.*,
        pieces.furthest_before is null
        or pieces.covered_from
        > {{ add_days('pieces.furthest_before', '1 + parameter_sets.permit_gap_tolerance_days') }} as opens_chain,
        -- Days before D that no earlier piece covers.
        greatest(
            {{ days_between(
                'greatest(pieces.covered_from, coalesce('
                ~ add_days('pieces.furthest_before', 1) ~ ', pieces.covered_from))',
                'least(' ~ add_days('pieces.covered_to', 1) ~ ', pieces.as_of)'
            ) }},
            0
        ) as new_days
    from pieces
    inner join parameter_sets on pieces.as_of = parameter_sets.as_of
    where parameter_sets.criterion is null or pieces.may_have_enough
),

-- Everything lies at or before D, so only the newest chain can reach D.
newest_chains as (
    select
        starts.parameter_set,
        starts.municipality_code,
        starts.person_key,
        starts.as_of,
        max(case when starts.opens_chain then starts.covered_from end) as newest_start,
        max(starts.covered_to) as covered_to,
        cast(sum(starts.new_days) as bigint) as covered_days
    from starts
    group by all
)

select
    newest_chains.parameter_set,
    newest_chains.municipality_code,
    newest_chains.person_key,
    case when newest_chains.covered_to = newest_chains.as_of then newest_chains.newest_start end as residence_since,
    newest_chains.covered_days
from newest_chains
