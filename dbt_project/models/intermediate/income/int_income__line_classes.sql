with

income_lines as (
    select * from {{ ref('stg_eindkomst__income_lines') }}
),

to_net as (
    select * from {{ ref('int_deliveries__netting') }}
    where source = 'eindkomst' and not is_kept
),

income_classes as (
    select * from {{ ref('income_classes') }}
),

-- The few pairs of codes that occur in the deliveries that are netted, so that the lines are joined by equality.
code_pairs as (
    select distinct
        income_lines.income_type_code,
        coalesce(income_lines.income_kind_code, '') as income_kind_code
    from income_lines
    inner join to_net
        on
            income_lines.municipality_code = to_net.municipality_code
            and income_lines.delivery_id = to_net.delivery_id
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
