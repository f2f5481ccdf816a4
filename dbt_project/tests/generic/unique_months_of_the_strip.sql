{#-
  Of `benefit_months` alone: the columns together are its key, and the months of a person are those of the strip (rules.md section 7):
  each is the character at its place, and only a counted one has a benefit. As many rows as W has months, which together set the bits
  of all of them, are each month once.
-#}
{% test unique_months_of_the_strip(model, columns) -%}
{%- if columns != ['municipality_code', 'person_key', 'month'] -%}
    {{ exceptions.raise_compiler_error('unique_months_of_the_strip tests the key municipality_code, person_key, month') }}
{%- endif -%}
with

rule_window as (
    select
        window_rule.*,
        {{ month_range_bits('0', 'window_rule.window_months - 1', 'window_rule.window_months') }} as all_bits
    from {{ ref('int_rules__window') }} as window_rule
),

month_bits as (
    select
        benefit_months.municipality_code,
        benefit_months.person_key,
        benefit_months.state,
        benefit_months.state is null
        or (benefit_months.state in ('counted_own', 'counted_income')) <> (benefit_months.benefit_code is not null)
            as is_contradiction,
        {{ month_bit(
            months_between('rule_window.first_month', 'benefit_months.month'), 'rule_window.window_months'
        ) }} as month_bit
    from {{ model }} as benefit_months
    cross join rule_window
),

told as (
    select
        month_bits.municipality_code,
        month_bits.person_key,
        count(*) as months_told,
        count(case when month_bits.is_contradiction then 1 end) as contradictions,
        bit_or(month_bits.month_bit) as told_bits,
    {%- for state in ['counted_own', 'counted_income', 'unknown'] %}
        bit_or(case when month_bits.state = '{{ state }}' then month_bits.month_bit else cast(0 as bigint) end)
            as {{ state }}_bits{{ ',' if not loop.last }}
    {%- endfor %}
    from month_bits
    group by all
),

-- Of each person with none of C1-C3 not_met every month of W, of nobody else any.
expected as (
    select
        criteria.municipality_code,
        criteria.person_key,
        case
            when count(case when criteria.outcome = 'not_met' then 1 end) = 0 then max(rule_window.window_months)
            else 0
        end as months_expected
    from {{ ref('eligibility_criteria') }} as criteria
    cross join rule_window
    where criteria.criterion in ('resident', 'covered_group', 'residence_years')
    group by all
)

select
    coalesce(expected.municipality_code, told.municipality_code) as municipality_code,
    coalesce(expected.person_key, told.person_key) as person_key
from expected
full outer join told
    on
        expected.municipality_code = told.municipality_code
        and expected.person_key = told.person_key
left join {{ ref('eligibility') }} as eligibility
    on
        told.municipality_code = eligibility.municipality_code
        and told.person_key = eligibility.person_key
cross join rule_window
where
    coalesce(told.months_told, 0) <> coalesce(expected.months_expected, 0)
    or (
        told.person_key is not null
        and (
            told.contradictions > 0
            or told.told_bits <> rule_window.all_bits
            or eligibility.month_strip is null
            or eligibility.month_strip <> {{ month_strip(
                'told.counted_own_bits', 'told.counted_income_bits', 'told.unknown_bits', 'rule_window.window_months'
            ) }}
        )
    )

{% endtest %}
