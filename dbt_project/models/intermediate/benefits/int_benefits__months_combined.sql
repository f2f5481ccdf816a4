with

months_decided as (
    select * from {{ ref('int_benefits__months_decided') }}
    where parameter_set = 'in_force'
),

rule_window as (
    select * from {{ ref('int_rules__window') }}
),

own_months as (
    select * from {{ ref('int_benefits__own_months') }}
),

listed_benefits as (
    select * from {{ ref('int_benefits__listed') }}
    where parameter_set = 'in_force'
),

-- rules.md section 4: a benefit that is not listed, in the last month of W.
on_other_benefit as (
    select distinct
        own_months.municipality_code,
        own_months.person_key
    from own_months
    cross join rule_window
    left join listed_benefits on own_months.benefit_code = listed_benefits.benefit_code
    where
        listed_benefits.benefit_code is null
        and ({{ bits_of_window('own_months.paid_bits', 'rule_window') }} & rule_window.last_month_bit) <> 0
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
    months_decided.last_counted_month,
    on_other_benefit.person_key is not null as has_other_benefit
from months_decided
cross join rule_window
left join on_other_benefit
    on
        months_decided.municipality_code = on_other_benefit.municipality_code
        and months_decided.person_key = on_other_benefit.person_key
