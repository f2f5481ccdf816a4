with

income_lines as (
    select * from {{ ref('stg_eindkomst__income_lines') }}
),

-- The same rows under a name of their own: an engine keeps what is named twice, and these are most rows of the lake.
reversal_lines as (
    select * from {{ ref('stg_eindkomst__income_lines') }}
),

report_kinds as (
    select * from {{ ref('report_kinds') }}
),

answers_used as (
    select * from {{ ref('int_income__answers_used') }}
),

line_classes as (
    select * from {{ ref('int_income__line_classes') }}
),

rule_window as (
    select * from {{ ref('int_rules__evidence_window') }}
),

-- rules.md C4, reversals: the whole report goes, in the same delivery, when it has an id.
reversed_reports as (
    select distinct
        reversal_lines.municipality_code,
        reversal_lines.delivery_id,
        reversal_lines.person_key,
        reversal_lines.company_number,
        reversal_lines.report_id
    from reversal_lines
    inner join report_kinds on reversal_lines.report_kind_code = report_kinds.code
    where
        report_kinds.is_reversal = '1'
        and reversal_lines.report_id is not null
),

-- Few of all lines can say anything: those of a class, and of wages only the months in which they are read.
classed as (
    select
        income_lines.municipality_code,
        income_lines.delivery_id,
        income_lines.person_key,
        income_lines.company_number,
        income_lines.report_id,
        line_classes.income_class,
        line_classes.benefit_code,
        {{ months_between('rule_window.first_month', 'income_lines.income_month') }} as month_index,
        income_lines.income_month,
        income_lines.wage_period_from,
        income_lines.wage_period_to,
        case
            when line_classes.measure = 'a_indkomst_am' then income_lines.a_indkomst_am
            else income_lines.a_indkomst_uden_am
        end as amount,
        rule_window.window_months
    from income_lines
    inner join report_kinds on income_lines.report_kind_code = report_kinds.code
    inner join line_classes
        on
            income_lines.income_type_code = line_classes.income_type_code
            and coalesce(income_lines.income_kind_code, '') = line_classes.income_kind_code
    cross join rule_window
    where
        report_kinds.is_reversal = '0'
        and not income_lines.is_reversed
        and income_lines.income_month between rule_window.first_month and rule_window.last_month
        -- rules.md section 4: wages tell a route, and only those of the last months of W.
        and (
            line_classes.income_class not in ('wage', 'flexjob_subsidy')
            or income_lines.income_month >= rule_window.employment_from
        )
),

standing as (
    select classed.*
    from classed
    left join reversed_reports
        on
            classed.municipality_code = reversed_reports.municipality_code
            and classed.delivery_id = reversed_reports.delivery_id
            and classed.person_key = reversed_reports.person_key
            and classed.company_number = reversed_reports.company_number
            and classed.report_id = reversed_reports.report_id
    where reversed_reports.report_id is null
),

-- One row per person, month, class and benefit in which the net amount of the class is above zero.
netted as (
    select
        standing.municipality_code,
        standing.person_key,
        standing.income_month,
        standing.income_class,
        standing.benefit_code,
        {{ month_bit('standing.month_index', 'standing.window_months') }} as month_bit,
        bit_or(
            {{ days_of_month_bits(
                'standing.income_month', 'standing.wage_period_from', 'standing.wage_period_to'
            ) }}
        ) as day_bits
    from standing
    inner join answers_used
        on
            standing.municipality_code = answers_used.municipality_code
            and standing.delivery_id = answers_used.delivery_id
            and standing.person_key = answers_used.person_key
    where
        (answers_used.used_bits & {{ month_bit('standing.month_index', 'standing.window_months') }}) <> 0
    group by all
    having sum(standing.amount) > 0
)

select
    netted.municipality_code,
    netted.person_key,
    netted.income_month,
    netted.income_class,
    netted.benefit_code,
    netted.month_bit,
    {{ is_whole_month('netted.day_bits', 'netted.income_month') }} as is_whole_month
from netted
