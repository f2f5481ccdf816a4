with

benefits as (
    select * from {{ ref('benefits') }}
),

parameter_sets as (
    select * from {{ ref('int_rules__parameter_sets') }}
    where {{ bears_on('benefit_months') }}
)

select
    parameter_sets.parameter_set,
    benefits.benefit_code,
    cast(benefits.valid_from || '-01' as date) as valid_from,
    cast(benefits.valid_to || '-01' as date) as valid_to,
    parameter_sets.month_counting = 'full_month' as counts_whole_months_only
from benefits
cross join parameter_sets
where
    benefits.listed = '1'
    -- rules.md C4: the predecessor of SHO counts by parameter.
    and (
        benefits.parameter is null
        or (
            benefits.parameter = 'count_integrationsydelse_as_sho'
            and parameter_sets.count_integrationsydelse_as_sho
        )
    )
