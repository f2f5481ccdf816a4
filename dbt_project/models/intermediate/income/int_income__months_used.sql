with

months_netted as (
    select * from {{ ref('int_income__months_netted') }}
),

answers_used as (
    select * from {{ ref('int_income__answers_used') }}
),

months_of_answers as (
    select
        months_netted.municipality_code,
        months_netted.person_key,
        months_netted.income_class,
        months_netted.benefit_code,
        months_netted.paid_bits & answers_used.used_bits as paid_bits,
        months_netted.whole_bits & answers_used.used_bits as whole_bits
    from months_netted
    inner join answers_used
        on
            months_netted.municipality_code = answers_used.municipality_code
            and months_netted.delivery_id = answers_used.delivery_id
            and months_netted.person_key = answers_used.person_key
    -- rules.md section 1: per person and month the newest answer counts alone.
    where (months_netted.paid_bits & answers_used.used_bits) <> 0
)

select
    months_of_answers.municipality_code,
    months_of_answers.person_key,
    months_of_answers.income_class,
    months_of_answers.benefit_code,
    bit_or(months_of_answers.paid_bits) as paid_bits,
    bit_or(months_of_answers.whole_bits) as whole_bits
from months_of_answers
group by all
