with

parameter_sets as (
    select * from {{ ref('int_rules__parameter_sets') }}
),

evidence_window as (
    select * from {{ ref('int_rules__evidence_window') }}
),

own_coverage as (
    select * from {{ ref('int_benefits__own_coverage') }}
),

own_months as (
    select * from {{ ref('int_benefits__own_months') }}
),

income_months as (
    select * from {{ ref('int_income__benefit_months') }}
),

rejected_tables as (
    select * from {{ ref('int_persons__rejected_tables') }}
),

thresholds as (
    select min(parameter_sets.benefit_months_min) as benefit_months_min
    from parameter_sets
),

payments as (
    select
        own_months.municipality_code,
        own_months.person_key,
        own_months.paid_bits
    from own_months
    union all
    select
        income_months.municipality_code,
        income_months.person_key,
        income_months.paid_bits
    from income_months
),

paid as (
    select
        payments.municipality_code,
        payments.person_key,
        bit_or(payments.paid_bits) as paid_bits
    from payments
    group by all
),

-- A month that own data cover and nobody paid for is neither counted nor unknown, whatever window and parameters.
open_months as (
    select
        own_coverage.municipality_code,
        own_coverage.person_key,
        thresholds.benefit_months_min,
        {{ bits_without(
            month_range_bits('0', 'evidence_window.window_months - 1', 'evidence_window.window_months'),
            bits_without('own_coverage.covered_bits', 'coalesce(paid.paid_bits, 0)')
        ) }} as open_bits
    from own_coverage
    cross join evidence_window
    cross join thresholds
    left join paid
        on
            own_coverage.municipality_code = paid.municipality_code
            and own_coverage.person_key = paid.person_key
)

select
    open_months.municipality_code,
    open_months.person_key
from open_months
left join rejected_tables
    on
        open_months.municipality_code = rejected_tables.municipality_code
        and open_months.person_key = rejected_tables.person_key
where
    {{ month_count('open_months.open_bits') }} < open_months.benefit_months_min
    -- A rejected row may leave open what looks decided.
    and rejected_tables.person_key is null
