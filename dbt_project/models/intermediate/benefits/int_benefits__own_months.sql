with

payments as (
    select * from {{ ref('stg_fagsystem__payments') }}
),

listed_benefits as (
    select * from {{ ref('int_benefits__listed') }}
),

rule_window as (
    select * from {{ ref('int_rules__window') }}
),

-- rules.md C4: the net sum of one benefit for one month; a correction carries the month that it corrects.
net_months as (
    select
        payments.municipality_code,
        payments.person_key,
        payments.benefit_code,
        payments.benefit_month
    from payments
    cross join rule_window
    where payments.benefit_month between rule_window.first_month and rule_window.last_month
    group by all
    having sum(payments.amount_dkk) > 0
)

select
    net_months.municipality_code,
    net_months.person_key,
    bit_or(
        case
            when listed_benefits.benefit_code is not null
                then {{ month_bit(
                    months_between('rule_window.first_month', 'net_months.benefit_month'),
                    'rule_window.window_months'
                ) }}
            else cast(0 as bigint)
        end
    ) as own_bits,
    bool_or(
        listed_benefits.benefit_code is null and net_months.benefit_month = rule_window.last_month
    ) as has_other_benefit
from net_months
cross join rule_window
left join listed_benefits on net_months.benefit_code = listed_benefits.benefit_code
group by all
