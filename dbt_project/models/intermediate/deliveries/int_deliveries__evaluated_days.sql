with

municipalities as (
    select * from {{ ref('int_deliveries__municipalities_evaluated') }}
),

reference_days as (
    select * from {{ ref('int_rules__reference_days') }}
),

rule_windows as (
    select * from {{ ref('int_rules__windows') }}
)

select
    municipalities.municipality_code,
    reference_days.as_of,
    reference_days.parameter_set,
    reference_days.is_back_cast
from municipalities
cross join reference_days
inner join rule_windows on reference_days.parameter_set = rule_windows.parameter_set
-- kpi.md rule 2: back-cast only while W lies inside the months that were delivered.
where
    not reference_days.is_back_cast
    or (
        municipalities.period_from <= rule_windows.first_month
        and municipalities.period_to >= rule_windows.last_month
    )
