with

counting as (
    select * from {{ ref('int_deliveries__counting') }}
    where source = 'eindkomst'
),

municipalities as (
    select * from {{ ref('int_deliveries__municipalities_evaluated') }}
),

answers_used as (
    select * from {{ ref('int_income__answers_used') }}
),

own_coverage as (
    select * from {{ ref('int_benefits__own_coverage') }}
),

rule_window as (
    select * from {{ ref('int_rules__window') }}
),

asked as (
    select
        answers_used.municipality_code,
        answers_used.delivery_id,
        answers_used.person_key,
        {{ bits_of_window('answers_used.asked_bits', 'rule_window') }} as asked_bits,
        {{ bits_of_window('coalesce(own_coverage.covered_bits, 0)', 'rule_window') }} as own_covered_bits
    from answers_used
    cross join rule_window
    left join own_coverage
        on
            answers_used.municipality_code = own_coverage.municipality_code
            and answers_used.person_key = own_coverage.person_key
)

-- rules.md section 3: data minimisation is shown, not assumed.
select
    counting.municipality_code,
    counting.delivery_id,
    cast(coalesce(sum({{ month_count('asked.asked_bits') }}), 0) as bigint) as asked_person_months,
    cast(coalesce(sum({{ month_count('asked.asked_bits & asked.own_covered_bits') }}), 0) as bigint)
        as decided_by_own_data
from counting
inner join municipalities on counting.municipality_code = municipalities.municipality_code
left join asked
    on
        counting.municipality_code = asked.municipality_code
        and counting.delivery_id = asked.delivery_id
group by all
