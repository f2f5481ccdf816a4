with

payments as (
    select * from {{ ref('stg_fagsystem__payments') }}
),

rule_window as (
    select * from {{ ref('int_rules__evidence_window') }}
),

netting as (
    select * from {{ ref('int_deliveries__netting') }}
    where source = 'fagsystem'
),

kept_months as (
    select * from {{ ref('stg_lake__kept_months') }}
    where source = 'fagsystem'
),

-- rules.md C4: the net sum of one benefit for one month; a correction carries the month that it corrects.
net_months as (
    select
        payments.municipality_code,
        payments.delivery_id,
        payments.person_key,
        payments.benefit_code,
        payments.benefit_month,
        bit_or(
            {{ days_of_month_bits('payments.benefit_month', 'payments.period_from', 'payments.period_to') }}
        ) as day_bits
    from payments
    inner join netting
        on
            payments.municipality_code = netting.municipality_code
            and payments.delivery_id = netting.delivery_id
    cross join rule_window
    where
        not netting.is_kept
        and payments.benefit_month between rule_window.first_month and rule_window.last_month
    group by all
    having sum(payments.amount_dkk) > 0
),

month_bits as (
    select
        net_months.*,
        {{ is_whole_month('net_months.day_bits', 'net_months.benefit_month') }} as is_whole_month,
        {{ month_bit(
            months_between('rule_window.first_month', 'net_months.benefit_month'),
            'rule_window.window_months'
        ) }} as month_bit
    from net_months
    cross join rule_window
)

select
    month_bits.municipality_code,
    month_bits.delivery_id,
    month_bits.person_key,
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
    kept_months.benefit_code,
    kept_months.paid_bits,
    kept_months.whole_bits
from kept_months
inner join netting
    on
        kept_months.municipality_code = netting.municipality_code
        and kept_months.delivery_id = netting.delivery_id
where netting.is_kept
