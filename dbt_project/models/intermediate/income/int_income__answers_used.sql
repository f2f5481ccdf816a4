with

lookups as (
    select * from {{ ref('stg_eindkomst__lookups') }}
),

counting as (
    select * from {{ ref('int_deliveries__counting') }}
    where source = 'eindkomst'
),

reference_days as (
    select * from {{ ref('int_rules__reference_days') }}
),

rule_window as (
    select * from {{ ref('int_rules__evidence_window') }}
),

-- rules.md section 1: a person-month is asked if a row of the delivery's opslag spans it.
asked as (
    select
        lookups.municipality_code,
        lookups.delivery_id,
        lookups.person_key,
        counting.recency,
        bit_or({{ month_range_bits(
            months_between('rule_window.first_month', 'lookups.first_month'),
            months_between('rule_window.first_month', 'lookups.last_month'),
            'rule_window.window_months'
        ) }}) as asked_bits
    from lookups
    inner join counting
        on
            lookups.municipality_code = counting.municipality_code
            and lookups.delivery_id = counting.delivery_id
    cross join rule_window
    -- § 5 stk. 2: not read where no day of the run allows it; for which days it counts is told by the windows.
    where (select bool_or(reference_days.is_income_lawful) from reference_days)
    group by all
),

newer as (
    select
        asked.*,
        coalesce(bit_or(asked.asked_bits) over (
            partition by asked.municipality_code, asked.person_key
            order by asked.recency
            rows between unbounded preceding and 1 preceding
        ), 0) as newer_bits
    from asked
)

-- Per person and month the newest answer in which it was asked counts alone.
select
    newer.municipality_code,
    newer.delivery_id,
    newer.person_key,
    newer.asked_bits,
    {{ bits_without('newer.asked_bits', 'newer.newer_bits') }} as used_bits
from newer
