with

payments as (
    select * from {{ ref('stg_fagsystem__payments') }}
),

rule_window as (
    select * from {{ ref('int_rules__evidence_window') }}
),

-- rules.md C4: the net sum of one benefit for one month; a correction carries the month that it corrects.
net_months as (
    select
        payments.municipality_code,
        payments.person_key,
        payments.benefit_code,
        payments.benefit_month,
        bit_or(
            {{ days_of_month_bits('payments.benefit_month', 'payments.period_from', 'payments.period_to') }}
        ) as day_bits
    from payments
    cross join rule_window
    where payments.benefit_month between rule_window.first_month and rule_window.last_month
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
    month_bits.person_key,
    month_bits.benefit_code,
    bit_or(month_bits.month_bit) as paid_bits,
    bit_or(case when month_bits.is_whole_month then month_bits.month_bit else cast(0 as bigint) end) as whole_bits
from month_bits
group by all
