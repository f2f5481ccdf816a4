-- A view: read once, by the netting; kept in the build it would be most rows of the lake again.
{{ config(materialized='view') }}
with

to_net as (
    select * from {{ ref('int_deliveries__netting') }}
    where source = 'eindkomst' and not is_kept
),

income_lines as (
    select all_lines.*
    from {{ ref('stg_eindkomst__income_lines') }} as all_lines
    inner join to_net
        on
            all_lines.municipality_code = to_net.municipality_code
            and all_lines.delivery_id = to_net.delivery_id
),

-- The same rows under a name of their own: an engine keeps what is named twice, and these are most rows of the lake.
reversal_lines as (
    select all_lines.*
    from {{ ref('stg_eindkomst__income_lines') }} as all_lines
    inner join to_net
        on
            all_lines.municipality_code = to_net.municipality_code
            and all_lines.delivery_id = to_net.delivery_id
),

report_kinds as (
    select * from {{ ref('report_kinds') }}
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
        income_lines.income_month,
        income_lines.wage_period_from,
        income_lines.wage_period_to,
        case
            when line_classes.measure = 'a_indkomst_am' then income_lines.a_indkomst_am
            else income_lines.a_indkomst_uden_am
        end as amount
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
)

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
