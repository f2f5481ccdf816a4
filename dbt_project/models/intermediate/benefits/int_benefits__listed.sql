with

benefits as (
    select * from {{ ref('benefits') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
)

select
    benefits.benefit_code,
    cast(benefits.valid_from || '-01' as date) as valid_from,
    cast(benefits.valid_to || '-01' as date) as valid_to
from benefits
cross join parameters
where
    benefits.listed = '1'
    -- rules.md C4: the predecessor of SHO counts by parameter.
    and (
        benefits.parameter is null
        or (
            benefits.parameter = 'count_integrationsydelse_as_sho'
            and parameters.count_integrationsydelse_as_sho
        )
    )
