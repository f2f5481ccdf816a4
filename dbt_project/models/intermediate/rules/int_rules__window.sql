with

parameters as (
    select * from {{ ref('int_rules__parameters') }}
),

last_months as (
    select
        parameters.window_months,
        parameters.employment_months,
        -- rules.md section 1: the window ends with the month before that of D.
        case
            when parameters.window_end = 'own_month' then {{ month_start('parameters.as_of') }}
            else {{ add_months(month_start('parameters.as_of'), -1) }}
        end as last_month
    from parameters
)

select
    last_months.window_months,
    {{ add_months('last_months.last_month', '1 - last_months.window_months') }} as first_month,
    last_months.last_month,
    {{ month_range_bits('0', 'last_months.window_months - 1', 'last_months.window_months') }} as all_bits,
    {{ month_bit('last_months.window_months - 1', 'last_months.window_months') }} as last_month_bit,
    {{ month_range_bits(
        'last_months.window_months - last_months.employment_months',
        'last_months.window_months - 1',
        'last_months.window_months'
    ) }} as employment_bits
from last_months
