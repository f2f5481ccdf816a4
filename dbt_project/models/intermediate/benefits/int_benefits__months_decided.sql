with

base_population as (
    select * from {{ ref('int_persons__base_population') }}
),

parameter_sets as (
    select * from {{ ref('int_rules__parameter_sets') }}
    where {{ bears_on('benefit_months') }}
),

rule_windows as (
    select * from {{ ref('int_rules__windows') }}
),

months_counted as (
    select * from {{ ref('int_benefits__months_counted') }}
),

own_coverage as (
    select * from {{ ref('int_benefits__own_coverage') }}
),

income_months as (
    select * from {{ ref('int_income__months') }}
),

never_enough as (
    select * from {{ ref('int_benefits__never_enough') }}
),

counted as (
    select
        months_counted.parameter_set,
        months_counted.municipality_code,
        months_counted.person_key,
        bit_or(months_counted.own_bits) as own_bits,
        bit_or(months_counted.income_bits) as income_bits
    from months_counted
    group by all
),

evidence as (
    select
        rule_windows.parameter_set,
        base_population.municipality_code,
        base_population.person_key,
        coalesce(counted.own_bits, 0) as own_bits,
        {{ bits_without('coalesce(counted.income_bits, 0)', 'coalesce(counted.own_bits, 0)') }} as income_bits,
        {{ bits_of_window('coalesce(own_coverage.covered_bits, 0)', 'rule_windows') }} as own_covered_bits,
        {{ income_bits_of_window('coalesce(income_months.answered_bits, 0)', 'rule_windows') }} as answered_bits,
        {{ income_bits_of_window('coalesce(income_months.ambiguous_bits, 0)', 'rule_windows') }} as ambiguous_bits,
        rule_windows.all_bits,
        rule_windows.first_month
    from base_population
    inner join parameter_sets on base_population.as_of = parameter_sets.as_of
    inner join rule_windows on parameter_sets.parameter_set = rule_windows.parameter_set
    left join counted
        on
            parameter_sets.parameter_set = counted.parameter_set
            and base_population.municipality_code = counted.municipality_code
            and base_population.person_key = counted.person_key
    left join own_coverage
        on
            base_population.municipality_code = own_coverage.municipality_code
            and base_population.person_key = own_coverage.person_key
    left join income_months
        on
            base_population.municipality_code = income_months.municipality_code
            and base_population.person_key = income_months.person_key
    left join never_enough
        on
            base_population.municipality_code = never_enough.municipality_code
            and base_population.person_key = never_enough.person_key
    where {{ is_worked_out('parameter_sets', 'never_enough') }}
),

-- rules.md C4: a month that is not counted is unknown when it is not covered, or when only an ambiguous code speaks.
open_months as (
    select
        evidence.*,
        {{ bits_without(
            'evidence.all_bits',
            'evidence.own_bits | evidence.income_bits | evidence.own_covered_bits | evidence.answered_bits'
        ) }} as not_covered_bits,
        {{ bits_without(
            'evidence.ambiguous_bits',
            'evidence.own_bits | evidence.income_bits | evidence.own_covered_bits'
        ) }} as undecided_bits
    from evidence
)

select
    open_months.parameter_set,
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
    {{ add_months(
        'open_months.first_month', newest_month_index('(open_months.own_bits | open_months.income_bits)')
    ) }} as last_counted_month
from open_months
