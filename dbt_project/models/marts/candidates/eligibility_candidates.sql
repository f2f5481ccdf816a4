with

eligibility as (
    select * from {{ ref('eligibility') }}
)

select
    {{ eligibility_columns('eligibility') }}
from eligibility
where eligibility.is_candidate
