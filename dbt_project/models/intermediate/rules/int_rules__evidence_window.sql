with

windows as (
    select * from {{ ref('int_rules__windows') }}
),

ends as (
    select
        min(windows.first_month) as first_month,
        max(windows.last_month) as last_month,
        min(windows.employment_from) as employment_from
    from windows
)

select
    ends.first_month,
    ends.last_month,
    ends.employment_from,
    {{ months_between('ends.first_month', 'ends.last_month') }} + 1 as window_months
from ends
