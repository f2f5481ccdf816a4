-- A view: the months lie as numbers in int_benefits__months_combined; millions of rows are written when published.
{{ config(materialized='view') }}

with

statuses as (
    select * from {{ ref('int_eligibility__statuses') }}
),

months_combined as (
    select * from {{ ref('int_benefits__months_combined') }}
),

months_counted as (
    select * from {{ ref('int_benefits__months_counted') }}
    where parameter_set = 'in_force'
),

rule_window as (
    select * from {{ ref('int_rules__window') }}
),

month_indexes as (
    select
        rule_window.first_month,
        rule_window.window_months,
        {{ numbers_below('rule_window.window_months') }} as month_index
    from rule_window
),

window_months as (
    select
        {{ add_months('month_indexes.first_month', 'month_indexes.month_index') }} as month,
        {{ month_bit('month_indexes.month_index', 'month_indexes.window_months') }} as month_bit
    from month_indexes
),

-- The benefit that counts a month: of several the first by code.
first_benefits as (
    select
        months_counted.municipality_code,
        months_counted.person_key,
        months_counted.benefit_code,
    {%- for source in ['own', 'income'] %}
        {{ bits_without(
            'months_counted.' ~ source ~ '_bits',
            'coalesce(bit_or(months_counted.' ~ source ~ '_bits) over (
                partition by months_counted.municipality_code, months_counted.person_key
                order by months_counted.benefit_code
                rows between unbounded preceding and 1 preceding
            ), 0)'
        ) }} as {{ source }}_bits{{ ',' if not loop.last }}
    {%- endfor %}
    from months_counted
),

-- Nobody's months are told who is out by residence, group or years of residence.
persons as (
    select
        months_combined.person_key,
        months_combined.municipality_code,
        months_combined.own_bits,
        months_combined.income_bits,
        months_combined.unknown_bits
    from statuses
    inner join months_combined
        on
            statuses.municipality_code = months_combined.municipality_code
            and statuses.person_key = months_combined.person_key
    where 'not_met' not in (
        statuses.resident_outcome, statuses.covered_group_outcome, statuses.residence_years_outcome
    )
),

person_benefits as (
    select
        persons.person_key,
        persons.municipality_code,
        first_benefits.benefit_code,
        first_benefits.own_bits,
        first_benefits.income_bits & persons.income_bits as income_bits
    from persons
    inner join first_benefits
        on
            persons.municipality_code = first_benefits.municipality_code
            and persons.person_key = first_benefits.person_key
)

select
    person_benefits.person_key,
    person_benefits.municipality_code,
    window_months.month,
    case
        when (person_benefits.own_bits & window_months.month_bit) <> 0 then 'counted_own'
        else 'counted_income'
    end as state,
    person_benefits.benefit_code
from person_benefits
cross join window_months
where ((person_benefits.own_bits | person_benefits.income_bits) & window_months.month_bit) <> 0
union all
select
    persons.person_key,
    persons.municipality_code,
    window_months.month,
    case
        when (persons.unknown_bits & window_months.month_bit) <> 0 then 'unknown'
        else 'not_counted'
    end as state,
    cast(null as varchar) as benefit_code
from persons
cross join window_months
where ((persons.own_bits | persons.income_bits) & window_months.month_bit) = 0
