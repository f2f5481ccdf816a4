with

windows as (
    select * from {{ ref('int_rules__windows') }}
)

select
    windows.window_months,
    windows.first_month,
    windows.last_month,
    windows.evidence_index,
    windows.all_bits,
    windows.income_bits,
    windows.last_month_bit,
    windows.employment_bits
from windows
where windows.parameter_set = 'in_force'
