-- rules.md section 7: each month is the character of the strip at its place; only a counted one has a benefit.
with

months as (
    select
        benefit_months.municipality_code,
        benefit_months.person_key,
        eligibility.person_key is not null
        and substr(
            eligibility.month_strip,
            {{ months_between('rule_window.first_month', 'benefit_months.month') }} + 1,
            1
        ) = case benefit_months.state
            when 'counted_own' then 'K'
            when 'counted_income' then 'I'
            when 'unknown' then '?'
            else '.'
        end
        and (benefit_months.state in ('counted_own', 'counted_income'))
        = (benefit_months.benefit_code is not null) as is_told_by_strip
    from {{ ref('benefit_months') }} as benefit_months
    cross join {{ ref('int_rules__window') }} as rule_window
    left join {{ ref('eligibility') }} as eligibility
        on
            benefit_months.municipality_code = eligibility.municipality_code
            and benefit_months.person_key = eligibility.person_key
),

-- Of each person with none of C1-C3 not_met every month of W, of nobody else any.
expected as (
    select
        criteria.municipality_code,
        criteria.person_key,
        case
            when count(case when criteria.outcome = 'not_met' then 1 end) = 0 then max(rules.window_months)
            else 0
        end as months_expected
    from {{ ref('eligibility_criteria') }} as criteria
    cross join {{ ref('int_rules__parameters') }} as rules
    where criteria.criterion in ('resident', 'covered_group', 'residence_years')
    group by all
)

select
    expected.municipality_code,
    expected.person_key
from expected
left join months
    on
        expected.municipality_code = months.municipality_code
        and expected.person_key = months.person_key
group by expected.municipality_code, expected.person_key, expected.months_expected
having
    count(months.person_key) <> expected.months_expected
    or count(case when not months.is_told_by_strip then 1 end) > 0
