with

months as (
    select * from {{ ref('int_benefits__months_combined') }}
),

income_months as (
    select * from {{ ref('int_income__months') }}
),

cases as (
    select * from {{ ref('int_employment__cases') }}
),

residents as (
    select * from {{ ref('int_persons__residents') }}
),

municipality_list as (
    select * from {{ ref('kommuner') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
),

rule_window as (
    select * from {{ ref('int_rules__window') }}
),

-- rules.md section 4
facts as (
    select
        months.municipality_code,
        months.person_key,
        coalesce(cases.has_open_case, false) as active_case,
        coalesce(not cases.has_open_case and cases.has_recently_closed_case, false) as closed_case,
        coalesce(
            {{ bits_of_window('income_months.ordinary_wage_bits', 'rule_window') }} & rule_window.employment_bits, 0
        ) <> 0 as is_employed_by_income,
        coalesce(
            cases.is_newest_closed_to_employment
            and not cases.has_open_case
            -- No month of W after the closing month is counted.
            and (
                months.counted_bits
                & {{ month_range_bits(
                    months_between('rule_window.first_month', 'cases.newest_closed_on') ~ ' + 1',
                    'rule_window.window_months - 1',
                    'rule_window.window_months'
                ) }}
            ) = 0,
            false
        ) as is_employed_by_case,
        coalesce(
            residents.arrived_on > rule_window.first_month
            and residents.arrived_on <= parameters.as_of
            and municipality_list.code is not null
            and municipality_list.code <> months.municipality_code,
            false
        ) as in_migrant,
        months.has_other_benefit as other_benefit,
        residents.is_address_protected,
        residents.has_digital_post
    from months
    cross join parameters
    cross join rule_window
    left join income_months
        on
            months.municipality_code = income_months.municipality_code
            and months.person_key = income_months.person_key
    left join cases
        on
            months.municipality_code = cases.municipality_code
            and months.person_key = cases.person_key
    left join residents
        on
            months.municipality_code = residents.municipality_code
            and months.person_key = residents.person_key
    left join municipality_list on residents.from_municipality_code = municipality_list.code
)

select
    facts.municipality_code,
    facts.person_key,
    facts.active_case,
    facts.closed_case,
    not facts.active_case and not facts.closed_case as no_case,
    facts.is_employed_by_income or facts.is_employed_by_case as ordinary_employment,
    case
        when facts.is_employed_by_income and facts.is_employed_by_case then 'both'
        when facts.is_employed_by_income then 'income'
        when facts.is_employed_by_case then 'case'
    end as employment_source,
    facts.in_migrant,
    facts.other_benefit,
    -- The first that holds: a person with an open case is reached there, whatever else is true.
    case
        when facts.active_case then 'active_case'
        when facts.is_employed_by_income or facts.is_employed_by_case then 'ordinary_employment'
        when facts.in_migrant then 'in_migrant'
        when facts.closed_case then 'closed_case'
        when facts.other_benefit then 'other_benefit'
        else 'no_contact'
    end as primary_route,
    facts.is_address_protected,
    facts.has_digital_post
from facts
