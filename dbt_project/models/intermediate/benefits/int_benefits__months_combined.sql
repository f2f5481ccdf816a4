with

months_decided as (
    select * from {{ ref('int_benefits__months_decided') }}
    where parameter_set = 'in_force'
),

rule_window as (
    select * from {{ ref('int_rules__window') }}
)

select
    months_decided.municipality_code,
    months_decided.person_key,
    months_decided.own_bits,
    months_decided.income_bits,
    months_decided.counted_bits,
    months_decided.not_covered_bits,
    months_decided.undecided_bits,
    months_decided.unknown_bits,
    months_decided.months_proven,
    months_decided.months_possible,
    {{ month_strip(
        'months_decided.own_bits',
        'months_decided.income_bits',
        'months_decided.unknown_bits',
        'rule_window.window_months'
    ) }} as month_strip,
    {{ add_months(
        'rule_window.first_month', oldest_month_index('months_decided.not_covered_bits')
    ) }} as first_not_covered_month,
    {{ add_months(
        'rule_window.first_month', newest_month_index('months_decided.not_covered_bits')
    ) }} as last_not_covered_month,
    months_decided.last_counted_month
from months_decided
cross join rule_window
