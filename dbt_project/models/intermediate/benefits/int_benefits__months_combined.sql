with

base_population as (
    select * from {{ ref('int_persons__base_population') }}
),

own_months as (
    select * from {{ ref('int_benefits__own_months') }}
),

own_coverage as (
    select * from {{ ref('int_benefits__own_coverage') }}
),

income_months as (
    select * from {{ ref('int_income__months') }}
),

rule_window as (
    select * from {{ ref('int_rules__window') }}
),

evidence as (
    select
        base_population.municipality_code,
        base_population.person_key,
        coalesce(own_months.own_bits, 0) as own_bits,
        {{ bits_without('coalesce(income_months.listed_bits, 0)', 'coalesce(own_months.own_bits, 0)') }}
            as income_bits,
        coalesce(own_coverage.covered_bits, 0) as own_covered_bits,
        coalesce(own_coverage.covered_bits, 0) | coalesce(income_months.answered_bits, 0) as covered_bits,
        coalesce(income_months.ambiguous_bits, 0) as ambiguous_bits,
        coalesce(own_months.has_other_benefit, false) as has_other_benefit,
        rule_window.all_bits,
        rule_window.window_months,
        rule_window.first_month
    from base_population
    cross join rule_window
    left join own_months
        on
            base_population.municipality_code = own_months.municipality_code
            and base_population.person_key = own_months.person_key
    left join own_coverage
        on
            base_population.municipality_code = own_coverage.municipality_code
            and base_population.person_key = own_coverage.person_key
    left join income_months
        on
            base_population.municipality_code = income_months.municipality_code
            and base_population.person_key = income_months.person_key
),

-- rules.md C4: a month that is not counted is unknown when it is not covered, or when only an ambiguous code speaks.
open_months as (
    select
        evidence.*,
        {{ bits_without('evidence.all_bits', 'evidence.own_bits | evidence.income_bits | evidence.covered_bits') }}
            as not_covered_bits,
        {{ bits_without(
            'evidence.ambiguous_bits',
            'evidence.own_bits | evidence.income_bits | evidence.own_covered_bits'
        ) }} as undecided_bits
    from evidence
)

select
    open_months.municipality_code,
    open_months.person_key,
    open_months.own_bits,
    open_months.income_bits,
    open_months.own_bits | open_months.income_bits as counted_bits,
    open_months.not_covered_bits,
    open_months.undecided_bits,
    open_months.not_covered_bits | open_months.undecided_bits as unknown_bits,
    {{ month_count('open_months.own_bits | open_months.income_bits') }} as months_proven,
    {{ month_count(
        'open_months.own_bits | open_months.income_bits'
        ~ ' | open_months.not_covered_bits | open_months.undecided_bits'
    ) }} as months_possible,
    {{ month_strip(
        'open_months.own_bits',
        'open_months.income_bits',
        '(open_months.not_covered_bits | open_months.undecided_bits)',
        'open_months.window_months'
    ) }} as month_strip,
    {{ add_months(
        'open_months.first_month', oldest_month_index('open_months.not_covered_bits')
    ) }} as first_not_covered_month,
    {{ add_months(
        'open_months.first_month', newest_month_index('open_months.not_covered_bits')
    ) }} as last_not_covered_month,
    {{ add_months(
        'open_months.first_month', newest_month_index('(open_months.own_bits | open_months.income_bits)')
    ) }} as last_counted_month,
    open_months.has_other_benefit
from open_months
