{# The municipality's own choice, else the parameter. #}
{%- set closed_case_months = 'coalesce(municipality_settings.closed_case_months, reference_days.closed_case_months)' -%}

with

cases as (
    select * from {{ ref('stg_fagsystem__cases') }}
),

reference_days as (
    select * from {{ ref('int_rules__reference_days') }}
),

never_enough as (
    select * from {{ ref('int_benefits__never_enough') }}
),

municipality_settings as (
    select * from {{ ref('stg_lake__municipality_settings') }}
),

closing_reasons as (
    select * from {{ ref('closing_reasons') }}
),

opened as (
    select
        reference_days.as_of,
        cases.municipality_code,
        cases.person_key,
        cases.case_id,
        cases.closing_reason,
        cases.closed_on,
        -- rules.md section 4: not closed on or before D.
        coalesce(cases.closed_on > reference_days.as_of, true) as is_open,
        coalesce(
            cases.closed_on > {{ add_months('reference_days.as_of', '-' ~ closed_case_months) }}
            and cases.closed_on <= reference_days.as_of,
            false
        ) as is_recently_closed
    from cases
    inner join reference_days on cases.opened_on <= reference_days.as_of
    left join never_enough
        on
            cases.municipality_code = never_enough.municipality_code
            and cases.person_key = never_enough.person_key
    left join municipality_settings on cases.municipality_code = municipality_settings.municipality_code
    where {{ is_looked_at('reference_days', 'never_enough') }}
),

newest_first as (
    select
        opened.*,
        row_number() over (
            partition by opened.as_of, opened.municipality_code, opened.person_key
            order by opened.is_open asc, opened.closed_on desc, opened.case_id desc
        ) as closing_recency
    from opened
)

select
    newest_first.as_of,
    newest_first.municipality_code,
    newest_first.person_key,
    bool_or(newest_first.is_open) as has_open_case,
    bool_or(newest_first.is_recently_closed) as has_recently_closed_case,
    -- The newest case that is closed on or before D; null when there is none.
    max(case when newest_first.closing_recency = 1 and not newest_first.is_open then newest_first.closed_on end)
        as newest_closed_on,
    bool_or(
        newest_first.closing_recency = 1
        and not newest_first.is_open
        and coalesce(closing_reasons.is_ordinary_employment = '1', false)
    ) as is_newest_closed_to_employment
from newest_first
left join closing_reasons on newest_first.closing_reason = closing_reasons.closing_reason
group by all
