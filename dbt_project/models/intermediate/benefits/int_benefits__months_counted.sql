with

own_months as (
    select * from {{ ref('int_benefits__own_months') }}
),

income_months as (
    select * from {{ ref('int_income__benefit_months') }}
),

listed_benefits as (
    select * from {{ ref('int_benefits__listed') }}
),

rule_windows as (
    select * from {{ ref('int_rules__windows') }}
),

evidence_window as (
    select * from {{ ref('int_rules__evidence_window') }}
),

payments as (
    select
        own_months.municipality_code,
        own_months.person_key,
        own_months.benefit_code,
        own_months.paid_bits as own_paid_bits,
        own_months.whole_bits as own_whole_bits,
        cast(0 as bigint) as income_paid_bits,
        cast(0 as bigint) as income_whole_bits
    from own_months
    union all
    select
        income_months.municipality_code,
        income_months.person_key,
        income_months.benefit_code,
        cast(0 as bigint) as own_paid_bits,
        cast(0 as bigint) as own_whole_bits,
        income_months.paid_bits as income_paid_bits,
        income_months.whole_bits as income_whole_bits
    from income_months
),

listed_months as (
    select
        listed_benefits.*,
        -- rules.md C4: a listed benefit counts in the months in which it exists.
        {{ month_range_bits(
            'coalesce(' ~ months_between('evidence_window.first_month', 'listed_benefits.valid_from') ~ ', 0)',
            'coalesce(' ~ months_between('evidence_window.first_month', 'listed_benefits.valid_to')
            ~ ', evidence_window.window_months - 1)',
            'evidence_window.window_months'
        ) }} as valid_bits
    from listed_benefits
    cross join evidence_window
),

counted as (
    select
        listed_months.parameter_set,
        payments.municipality_code,
        payments.person_key,
        payments.benefit_code,
    {%- for source in ['own', 'income'] %}
        -- Any net payment counts the month; by parameter only one whose periods cover it.
        bit_or(
            listed_months.valid_bits
            & case
                when listed_months.counts_whole_months_only then payments.{{ source }}_whole_bits
                else payments.{{ source }}_paid_bits
            end
        ) as {{ source }}_bits{{ ',' if not loop.last }}
    {%- endfor %}
    from payments
    inner join listed_months on payments.benefit_code = listed_months.benefit_code
    group by all
)

select
    counted.parameter_set,
    counted.municipality_code,
    counted.person_key,
    counted.benefit_code,
    {{ bits_of_window('counted.own_bits', 'rule_windows') }} as own_bits,
    {{ income_bits_of_window('counted.income_bits', 'rule_windows') }} as income_bits
from counted
inner join rule_windows on counted.parameter_set = rule_windows.parameter_set
