with

lines_netted as (
    select * from {{ ref('int_income__lines_netted') }}
)

select
    lines_netted.municipality_code,
    lines_netted.person_key,
    lines_netted.benefit_code,
    bit_or(lines_netted.month_bit) as paid_bits,
    bit_or(case when lines_netted.is_whole_month then lines_netted.month_bit else cast(0 as bigint) end)
        as whole_bits
from lines_netted
where lines_netted.income_class = 'listed'
group by all
