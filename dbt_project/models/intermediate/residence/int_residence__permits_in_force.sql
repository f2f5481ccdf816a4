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

statuses as (
    select * from {{ ref('permit_statuses') }}
),

bases as (
    select * from {{ ref('residence_basis') }}
),

countries as (
    select * from {{ ref('cpr_landekoder') }}
),

in_force as (
    select
        reference_days.as_of,
        permits.*,
        row_number() over (
            partition by reference_days.as_of, permits.municipality_code, permits.person_key
            -- rules.md C2: the newest gyldig_fra, then the highest tilladelse_id, decides.
            order by permits.valid_from desc, permits.permit_id desc
        ) as precedence
    from permits
    inner join statuses on permits.status_code = statuses.status
    cross join reference_days
    left join never_enough
        on
            permits.municipality_code = never_enough.municipality_code
            and permits.person_key = never_enough.person_key
    where
        permits.person_key is not null
        and {{ is_looked_at('reference_days', 'never_enough') }}
        and permits.valid_from <= reference_days.as_of
        and coalesce(permits.valid_to, reference_days.as_of) >= reference_days.as_of
        and not (
            statuses.is_in_force = '0'
            and coalesce(permits.status_on <= reference_days.as_of, false)
        )
)

select
    in_force.as_of,
    in_force.municipality_code,
    in_force.person_key,
    in_force.basis_code,
    bases.covered_group,
    coalesce(countries.citizenship_group, 'other') as citizenship_group,
    in_force.valid_from
from in_force
inner join bases on in_force.basis_code = bases.basis_code
left join countries on in_force.country_code = countries.cpr_code
where in_force.precedence = 1
