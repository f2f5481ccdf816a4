with

municipalities as (
    select * from {{ ref('int_deliveries__municipalities_evaluated') }}
),

candidates as (
    select * from {{ ref('eligibility_candidates') }}
),

-- A count only: nothing of one municipality's persons is told to another.
in_several as (
    select candidates.person_key
    from candidates
    group by all
    having count(*) > 1
),

candidates_in_several as (
    select
        candidates.municipality_code,
        candidates.person_key
    from candidates
    inner join in_several on candidates.person_key = in_several.person_key
)

select
    municipalities.municipality_code,
    cast(count(candidates_in_several.person_key) as bigint) as persons
from municipalities
left join candidates_in_several
    on municipalities.municipality_code = candidates_in_several.municipality_code
group by all
