with

months as (
    select * from {{ ref('int_benefits__months_combined') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
),

rejected_tables as (
    select * from {{ ref('int_persons__rejected_tables') }}
),

facts as (
    select
        months.municipality_code,
        months.person_key,
        months.last_counted_month,
        parameters.is_income_lawful,
        months.not_covered_bits <> 0 as has_months_not_covered,
        months.undecided_bits <> 0 as has_undecided_months,
        -- § 5 stk. 1, 2. pkt.: "i mindst 18 ud af de seneste 36 måneder".
        months.months_proven >= parameters.benefit_months_min as is_proven,
        months.months_possible >= parameters.benefit_months_min as is_possible,
    {%- for table_name in ['borgere', 'ydelser', 'opslag', 'indkomst'] %}
        coalesce(rejected_tables.has_rejected_{{ table_name }}, false) as has_rejected_{{ table_name }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from months
    cross join parameters
    left join rejected_tables
        on
            months.municipality_code = rejected_tables.municipality_code
            and months.person_key = rejected_tables.person_key
),

outcomes as (
    select
        facts.*,
        not facts.is_proven and facts.is_possible as is_open,
        case
            when facts.is_proven then 'met'
            when facts.is_possible then 'unknown'
            -- rules.md section 1: in C4 a rejected row counts only where the criterion would be not_met.
            when
                facts.has_rejected_borgere
                or facts.has_rejected_ydelser
                or facts.has_rejected_opslag
                or facts.has_rejected_indkomst
                then 'unknown'
            else 'not_met'
        end as outcome
    from facts
)

select
    outcomes.municipality_code,
    outcomes.person_key,
    outcomes.outcome,
    {{ missing_names({
        'eindkomst': 'outcomes.is_open and outcomes.has_months_not_covered and outcomes.is_income_lawful',
        'eindkomst_0038': 'outcomes.is_open and outcomes.has_undecided_months',
        'borgere': 'not outcomes.is_possible and outcomes.has_rejected_borgere',
        'ydelser': '(not outcomes.is_possible and outcomes.has_rejected_ydelser)'
            ~ ' or (outcomes.is_open and outcomes.has_months_not_covered and not outcomes.is_income_lawful)',
        'opslag': 'not outcomes.is_possible and outcomes.has_rejected_opslag',
        'indkomst': 'not outcomes.is_possible and outcomes.has_rejected_indkomst',
    }) }} as missing,
    outcomes.last_counted_month as evidence_on
from outcomes
