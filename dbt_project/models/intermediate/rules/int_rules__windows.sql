with

parameter_sets as (
    select * from {{ ref('int_rules__parameter_sets') }}
),

last_months as (
    select
        parameter_sets.parameter_set,
        parameter_sets.window_months,
        parameter_sets.employment_months,
        parameter_sets.is_income_lawful,
        -- rules.md section 1: the window ends with the month before that of D.
        case
            when parameter_sets.window_end = 'own_month' then {{ month_start('parameter_sets.as_of') }}
            else {{ add_months(month_start('parameter_sets.as_of'), -1) }}
        end as last_month
    from parameter_sets
),

windows as (
    select
        last_months.*,
        {{ add_months('last_months.last_month', '1 - last_months.window_months') }} as first_month
    from last_months
),

evidence as (
    select min(windows.first_month) as first_month
    from windows
)

select
    windows.parameter_set,
    windows.window_months,
    windows.first_month,
    windows.last_month,
    {{ months_between('evidence.first_month', 'windows.first_month') }} as evidence_index,
    {{ month_range_bits('0', 'windows.window_months - 1', 'windows.window_months') }} as all_bits,
    -- § 5 stk. 2: the months for which an answer of the income register may be used.
    case
        when windows.is_income_lawful
            then {{ month_range_bits('0', 'windows.window_months - 1', 'windows.window_months') }}
        else cast(0 as bigint)
    end as income_bits,
    {{ month_bit('windows.window_months - 1', 'windows.window_months') }} as last_month_bit,
    {{ month_range_bits(
        'windows.window_months - windows.employment_months',
        'windows.window_months - 1',
        'windows.window_months'
    ) }} as employment_bits,
    {{ add_months('windows.last_month', '1 - windows.employment_months') }} as employment_from
from windows
cross join evidence
