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

-- Nobody's months are told who is out by residence, group or years of residence.
months as (
    select
        months_combined.person_key,
        months_combined.municipality_code,
        window_months.month,
        window_months.month_bit,
        case
            when (months_combined.own_bits & window_months.month_bit) <> 0 then 'counted_own'
            when (months_combined.income_bits & window_months.month_bit) <> 0 then 'counted_income'
            when (months_combined.unknown_bits & window_months.month_bit) <> 0 then 'unknown'
            else 'not_counted'
        end as state
    from statuses
    inner join months_combined
        on
            statuses.municipality_code = months_combined.municipality_code
            and statuses.person_key = months_combined.person_key
    cross join window_months
    where 'not_met' not in (
        statuses.resident_outcome, statuses.covered_group_outcome, statuses.residence_years_outcome
    )
)

select
    months.person_key,
    months.municipality_code,
    months.month,
    months.state,
    -- The benefit that counts the month; of several the first by code.
    min(
        case
            when months.state = 'counted_own' and (months_counted.own_bits & months.month_bit) <> 0
                then months_counted.benefit_code
            when months.state = 'counted_income' and (months_counted.income_bits & months.month_bit) <> 0
                then months_counted.benefit_code
        end
    ) as benefit_code
from months
left join months_counted
    on
        months.municipality_code = months_counted.municipality_code
        and months.person_key = months_counted.person_key
group by all
