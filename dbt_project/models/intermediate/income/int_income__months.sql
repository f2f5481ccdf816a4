with

answers_used as (
    select * from {{ ref('int_income__answers_used') }}
),

months_used as (
    select * from {{ ref('int_income__months_used') }}
),

answered as (
    select
        answers_used.municipality_code,
        answers_used.person_key,
        bit_or(answers_used.used_bits) as answered_bits
    from answers_used
    group by all
),

classes as (
    select
        months_used.municipality_code,
        months_used.person_key,
    {%- for income_class in ['ambiguous', 'wage', 'flexjob_subsidy'] %}
        bit_or(
            case
                when months_used.income_class = '{{ income_class }}' then months_used.paid_bits
                else cast(0 as bigint)
            end
        ) as {{ income_class }}_bits{{ ',' if not loop.last }}
    {%- endfor %}
    from months_used
    group by all
)

select
    answered.municipality_code,
    answered.person_key,
    answered.answered_bits,
    coalesce(classes.ambiguous_bits, 0) as ambiguous_bits,
    -- rules.md section 4: wages, and no net fleksløntilskud in the same month.
    {{ bits_without('coalesce(classes.wage_bits, 0)', 'coalesce(classes.flexjob_subsidy_bits, 0)') }}
        as ordinary_wage_bits
from answered
left join classes
    on
        answered.municipality_code = classes.municipality_code
        and answered.person_key = classes.person_key
