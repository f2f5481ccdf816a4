with

lines_standing as (
    select * from {{ ref('int_income__lines_standing') }}
),

rule_window as (
    select * from {{ ref('int_rules__evidence_window') }}
),

netting as (
    select * from {{ ref('int_deliveries__netting') }}
),

kept_months as (
    select * from {{ ref('stg_lake__kept_months') }}
),

-- rules.md C4: the net amount of one class and benefit for one month.
netted as (
    select
        lines_standing.municipality_code,
        lines_standing.delivery_id,
        lines_standing.person_key,
        lines_standing.income_class,
        coalesce(lines_standing.benefit_code, '') as benefit_code,
        lines_standing.income_month,
        bit_or(
            {{ days_of_month_bits(
                'lines_standing.income_month', 'lines_standing.wage_period_from', 'lines_standing.wage_period_to'
            ) }}
        ) as day_bits
    from lines_standing
    group by all
    having sum(lines_standing.amount) > 0
),

month_bits as (
    select
        netted.*,
        {{ is_whole_month('netted.day_bits', 'netted.income_month') }} as is_whole_month,
        {{ month_bit(
            months_between('rule_window.first_month', 'netted.income_month'), 'rule_window.window_months'
        ) }} as month_bit
    from netted
    cross join rule_window
)

select
    month_bits.municipality_code,
    month_bits.delivery_id,
    month_bits.person_key,
    month_bits.income_class,
    month_bits.benefit_code,
    bit_or(month_bits.month_bit) as paid_bits,
    bit_or(case when month_bits.is_whole_month then month_bits.month_bit else cast(0 as bigint) end) as whole_bits
from month_bits
group by all
union all
select
    kept_months.municipality_code,
    kept_months.delivery_id,
    kept_months.person_key,
    kept_months.income_class,
    kept_months.benefit_code,
    kept_months.paid_bits,
    kept_months.whole_bits
from kept_months
inner join netting
    on
        kept_months.municipality_code = netting.municipality_code
        and kept_months.source = netting.source
        and kept_months.delivery_id = netting.delivery_id
where netting.is_kept and netting.source = 'eindkomst'
