with

stock as (
    select * from {{ ref('int_kpi__stock') }}
),

municipality_list as (
    select * from {{ ref('kommuner') }}
),

reference_days as (
    select * from {{ ref('int_rules__reference_days') }}
),

evaluated_days as (
    select * from {{ ref('int_deliveries__evaluated_days') }}
),

kpi_parameters as (
    select * from {{ ref('int_kpi__parameters') }}
),

-- A day before the run's own on which nobody is evaluated is no reference day.
stock_days as (
    select distinct
        reference_days.as_of as reference_on,
        reference_days.rule_version,
        reference_days.is_back_cast as is_backcast
    from reference_days
    left join evaluated_days on reference_days.as_of = evaluated_days.as_of
    where not reference_days.is_back_cast or evaluated_days.as_of is not null
),

undetermined as (
    select
        stock.municipality_code,
        stock.reference_on,
        count(*) as persons
    from stock
    where stock.status = 'undetermined'
    group by stock.municipality_code, stock.reference_on
),

-- Who belongs to the base population does not depend on the day (rules.md section 3); the run's own has everybody.
populations as (
    select
        stock.municipality_code,
        count(*) as persons
    from stock
    where not stock.is_backcast
    group by stock.municipality_code
),

-- Days of months that follow each other have the same run_on.
numbered as (
    select
        evaluated_days.municipality_code,
        evaluated_days.as_of as reference_on,
        {{ add_months(
            month_start('evaluated_days.as_of'),
            '-1 * row_number() over (partition by evaluated_days.municipality_code order by evaluated_days.as_of)'
        ) }} as run_on
    from evaluated_days
),

runs as (
    select
        numbered.municipality_code,
        numbered.reference_on,
        row_number() over (
            partition by numbered.municipality_code, numbered.run_on
            order by numbered.reference_on
        ) as months_unbroken
    from numbered
),

-- A municipality that is not evaluated on the day is not known on it, never a zero.
municipality_days as (
    select
        municipality_list.code as municipality_code,
        stock_days.reference_on,
        stock_days.rule_version,
        stock_days.is_backcast,
        case when runs.months_unbroken is null then 0 else 1 end as covered_share,
        case
            when runs.months_unbroken is null then 0
            else coalesce(1 - {{ ratio('coalesce(undetermined.persons, 0)', 'populations.persons') }}, 0)
        end as decided_share,
        coalesce(runs.months_unbroken, 0) as months_unbroken,
        kpi_parameters.coverage_months as months_needed,
        stock_days.reference_on = max(stock_days.reference_on) over (partition by municipality_list.code) as is_newest
    from municipality_list
    cross join stock_days
    cross join kpi_parameters
    left join runs
        on
            municipality_list.code = runs.municipality_code
            and stock_days.reference_on = runs.reference_on
    left join undetermined
        on
            municipality_list.code = undetermined.municipality_code
            and stock_days.reference_on = undetermined.reference_on
    left join populations on municipality_list.code = populations.municipality_code
),

known as (
    select
        municipality_days.*,
        municipality_days.months_unbroken > 1 as has_previous,
        -- K18: a month end for each month of the spell.
        municipality_days.months_unbroken >= municipality_days.months_needed as has_full_series,
        case when municipality_days.months_unbroken > 1 then municipality_days.decided_share else 0 end as flow_share,
        municipality_days.decided_share
        * least(1, {{ ratio('municipality_days.months_unbroken', 'municipality_days.months_needed') }})
            as series_share
    from municipality_days
),

places as (
    select
        known.municipality_code,
        known.reference_on,
        known.rule_version,
        known.is_backcast,
        cast(known.covered_share as double) as covered_share,
        known.decided_share,
        known.flow_share,
        known.series_share,
        known.has_previous,
        known.has_full_series
    from known
    where known.covered_share > 0 or known.is_newest
    union all
    select
        'DK' as municipality_code,
        known.reference_on,
        known.rule_version,
        known.is_backcast,
        avg(known.covered_share) as covered_share,
        avg(known.decided_share) as decided_share,
        avg(known.flow_share) as flow_share,
        avg(case when known.has_full_series then known.series_share else 0 end) as series_share,
        bool_or(known.has_previous) as has_previous,
        bool_or(known.has_full_series) as has_full_series
    from known
    group by known.reference_on, known.rule_version, known.is_backcast
)

-- spec/kpi.md section 1 rule 2: a stock is compared at month ends; another reference day is the run's own.
select
    places.municipality_code,
    places.reference_on,
    case when places.reference_on = {{ month_end('places.reference_on') }} then 'month' else 'other' end as period_type,
    case
        when places.reference_on = {{ month_end('places.reference_on') }} then {{ month_start('places.reference_on') }}
        else places.reference_on
    end as period_start,
    places.rule_version,
    places.covered_share,
    places.decided_share,
    places.flow_share,
    places.series_share,
    places.has_previous,
    places.has_full_series,
    places.is_backcast
from places
