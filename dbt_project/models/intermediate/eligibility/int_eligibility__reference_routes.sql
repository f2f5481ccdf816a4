with

months as (
    select * from {{ ref('int_benefits__months_decided') }}
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

reference_days as (
    select * from {{ ref('int_rules__reference_days') }}
),

rule_windows as (
    select * from {{ ref('int_rules__windows') }}
),

other_benefits as (
    select * from {{ ref('int_benefits__other_benefits') }}
),

-- rules.md section 4
facts as (
    select
        reference_days.as_of,
        months.municipality_code,
        months.person_key,
        coalesce(cases.has_open_case, false) as active_case,
        coalesce(not cases.has_open_case and cases.has_recently_closed_case, false) as closed_case,
        coalesce(
            {{ income_bits_of_window('income_months.ordinary_wage_bits', 'rule_windows') }}
            & rule_windows.employment_bits, 0
        ) <> 0 as is_employed_by_income,
        coalesce(
            cases.is_newest_closed_to_employment
            and not cases.has_open_case
            -- No month of W after the closing month is counted.
            and (
                months.counted_bits
                & {{ month_range_bits(
                    months_between('rule_windows.first_month', 'cases.newest_closed_on') ~ ' + 1',
                    'rule_windows.window_months - 1',
                    'rule_windows.window_months'
                ) }}
            ) = 0,
            false
        ) as is_employed_by_case,
        coalesce(
            residents.arrived_on > rule_windows.first_month
            and residents.arrived_on <= reference_days.as_of
            and municipality_list.code is not null
            and municipality_list.code <> months.municipality_code,
            false
        ) as in_migrant,
        other_benefits.person_key is not null as other_benefit,
        residents.is_address_protected,
        residents.has_digital_post
    from months
    inner join reference_days on months.parameter_set = reference_days.parameter_set
    inner join rule_windows on months.parameter_set = rule_windows.parameter_set
    left join income_months
        on
            months.municipality_code = income_months.municipality_code
            and months.person_key = income_months.person_key
    left join cases
        on
            reference_days.as_of = cases.as_of
            and months.municipality_code = cases.municipality_code
            and months.person_key = cases.person_key
    left join other_benefits
        on
            reference_days.as_of = other_benefits.as_of
            and months.municipality_code = other_benefits.municipality_code
            and months.person_key = other_benefits.person_key
    left join residents
        on
            months.municipality_code = residents.municipality_code
            and months.person_key = residents.person_key
    left join municipality_list on residents.from_municipality_code = municipality_list.code
)

select
    facts.as_of,
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
