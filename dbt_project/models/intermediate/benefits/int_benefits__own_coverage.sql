with

residents as (
    select * from {{ ref('int_persons__residents') }}
),

municipalities as (
    select * from {{ ref('int_deliveries__municipalities_evaluated') }}
),

rule_window as (
    select * from {{ ref('int_rules__evidence_window') }}
),

bounds as (
    select
        residents.municipality_code,
        residents.person_key,
        rule_window.window_months,
        -- rules.md C4, covered (own): lived here the whole month, and the delivery's period includes it.
        greatest(
            {{ months_between('rule_window.first_month', 'municipalities.period_from') }},
            coalesce(
                {{ months_between('rule_window.first_month', month_ceiling('residents.arrived_on')) }}, 0
            )
        ) as first_index,
        {{ months_between('rule_window.first_month', 'municipalities.period_to') }} as last_index
    from residents
    inner join municipalities on residents.municipality_code = municipalities.municipality_code
    cross join rule_window
)

select
    bounds.municipality_code,
    bounds.person_key,
    {{ month_range_bits('bounds.first_index', 'bounds.last_index', 'bounds.window_months') }} as covered_bits
from bounds
