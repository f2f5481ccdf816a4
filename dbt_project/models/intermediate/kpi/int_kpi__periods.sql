with

period_types as (
    select * from {{ ref('kpi_period_types') }}
),

own_periods as (
    select * from {{ ref('kpi_own_periods') }}
),

rule_versions as (
    select * from {{ ref('rule_versions') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
),

-- There is no duty, and nothing to count, before the first rule version.
bounds as (
    select
        parameters.as_of,
        {{ month_start('min(cast(rule_versions.valid_from as date))') }} as first_month
    from parameters
    cross join rule_versions
    group by parameters.as_of
),

numbered as (
    select
        bounds.as_of,
        bounds.first_month,
        {{ numbers_below(months_between('bounds.first_month', month_start('bounds.as_of')) ~ ' + 1') }} as month_number
    from bounds
),

month_ends as (
    select
        numbered.as_of,
        numbered.first_month,
        {{ add_months('numbered.first_month', 'numbered.month_number') }} as last_month
    from numbered
),

-- spec/kpi.md section 1 rule 3: finished periods only; a longer period that rolls on also ends with the newest month.
finished as (
    select
        period_types.period_type,
        {{ add_months('month_ends.last_month', '1 - period_types.months') }} as period_start,
        {{ month_end('month_ends.last_month') }} as period_end,
        month_ends.first_month,
        extract(month from month_ends.last_month) % period_types.step_months = 0 as is_at_a_step,
        period_types.months > period_types.step_months as is_rolling,
        month_ends.last_month = max(month_ends.last_month) over (
            partition by period_types.period_type
        ) as is_newest_month
    from month_ends
    cross join period_types
    where {{ month_end('month_ends.last_month') }} <= month_ends.as_of
),

standard as (
    select
        finished.period_type,
        finished.period_start,
        finished.period_end,
        row_number() over (partition by finished.period_type order by finished.period_end desc) as recency
    from finished
    where
        finished.period_start >= finished.first_month
        and (finished.is_at_a_step or (finished.is_rolling and finished.is_newest_month))
),

all_periods as (
    select
        cast(null as varchar) as only_municipality_code,
        standard.period_type,
        standard.period_start,
        standard.period_end,
        standard.period_type = 'year' or standard.recency = 1 as is_shown_without_data
    from standard
    union all
    select
        own_periods.municipality_code as only_municipality_code,
        'other' as period_type,
        own_periods.period_start,
        own_periods.period_end,
        true as is_shown_without_data
    from own_periods
    cross join parameters
    where own_periods.period_end <= parameters.as_of
    -- The running year to date: for the municipality to follow, never to compare.
    union all
    select
        cast(null as varchar) as only_municipality_code,
        'other' as period_type,
        {{ year_start('parameters.as_of') }} as period_start,
        parameters.as_of as period_end,
        true as is_shown_without_data
    from parameters
    where parameters.as_of < {{ add_days(add_years(year_start('parameters.as_of'), 1), '-1') }}
)

select
    all_periods.only_municipality_code,
    all_periods.period_type,
    all_periods.period_start,
    all_periods.period_end,
    all_periods.is_shown_without_data
from all_periods
