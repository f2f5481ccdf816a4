with

income_lines as (
    select * from {{ ref('stg_eindkomst__income_lines') }}
),

income_classes as (
    select * from {{ ref('income_classes') }}
),

-- The few pairs of codes that occur, so that the lines themselves are joined by equality.
code_pairs as (
    select distinct
        income_lines.income_type_code,
        coalesce(income_lines.income_kind_code, '') as income_kind_code
    from income_lines
)

select
    code_pairs.income_type_code,
    code_pairs.income_kind_code,
    income_classes.income_class,
    income_classes.measure,
    income_classes.benefit_code
from code_pairs
inner join income_classes
    on
        coalesce(income_classes.income_type_code, code_pairs.income_type_code)
        = code_pairs.income_type_code
        and coalesce(income_classes.income_kind_code, code_pairs.income_kind_code)
        = code_pairs.income_kind_code
