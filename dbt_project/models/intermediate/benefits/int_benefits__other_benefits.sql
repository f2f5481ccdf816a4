with

own_months as (
    select * from {{ ref('int_benefits__own_months') }}
),

reference_days as (
    select * from {{ ref('int_rules__reference_days') }}
),

rule_windows as (
    select * from {{ ref('int_rules__windows') }}
),

listed_benefits as (
    select * from {{ ref('int_benefits__listed') }}
)

-- rules.md section 4: a benefit that is not listed, in the last month of W.
select distinct
    reference_days.as_of,
    own_months.municipality_code,
    own_months.person_key
from own_months
cross join reference_days
inner join rule_windows on reference_days.parameter_set = rule_windows.parameter_set
left join listed_benefits
    on
        reference_days.parameter_set = listed_benefits.parameter_set
        and own_months.benefit_code = listed_benefits.benefit_code
where
    listed_benefits.benefit_code is null
    and ({{ bits_of_window('own_months.paid_bits', 'rule_windows') }} & rule_windows.last_month_bit) <> 0
