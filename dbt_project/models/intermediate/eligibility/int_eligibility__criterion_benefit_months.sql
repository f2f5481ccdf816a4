with

months as (
    select * from {{ ref('int_benefits__months_decided') }}
),

parameter_sets as (
    select * from {{ ref('int_rules__parameter_sets') }}
),

rule_windows as (
    select * from {{ ref('int_rules__windows') }}
),

rejected_tables as (
    select * from {{ ref('int_persons__rejected_tables') }}
),

facts as (
    select
        months.parameter_set,
        months.municipality_code,
        months.person_key,
        months.last_counted_month,
        parameter_sets.is_income_lawful,
        months.not_covered_bits <> 0 as has_months_not_covered,
        months.undecided_bits <> 0 as has_undecided_months,
        -- § 5 stk. 1, 2. pkt.: "i mindst 18 ud af de seneste 36 måneder".
        months.months_proven >= parameter_sets.benefit_months_min as is_proven,
        months.months_possible >= parameter_sets.benefit_months_min as is_possible,
        coalesce(rejected_tables.has_rejected_borgere, false) as has_rejected_borgere,
        coalesce(rejected_tables.has_rejected_ydelser, false) as has_rejected_ydelser,
    {%- for table_name in ['opslag', 'indkomst'] %}
        coalesce(
            {{ income_bits_of_window('rejected_tables.rejected_' ~ table_name ~ '_bits', 'rule_windows') }} <> 0, false
        ) as has_rejected_{{ table_name }}{{ ',' if not loop.last }}
    {%- endfor %}
    from months
    inner join parameter_sets on months.parameter_set = parameter_sets.parameter_set
    inner join rule_windows on months.parameter_set = rule_windows.parameter_set
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
    outcomes.parameter_set,
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
