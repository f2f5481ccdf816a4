with

municipalities as (
    select * from {{ ref('int_deliveries__municipalities_evaluated') }}
),

alternatives as (
    select * from {{ ref('rule_alternatives') }}
),

status_changes as (
    select * from {{ ref('int_eligibility__status_changes') }}
)

-- rules.md section 6, Sensitivity
select
    municipalities.municipality_code,
    alternatives.alternative,
    cast(count(status_changes.person_key) as bigint) as persons_changed
from municipalities
cross join alternatives
left join status_changes
    on
        municipalities.municipality_code = status_changes.municipality_code
        and alternatives.alternative = status_changes.parameter_set
group by all
