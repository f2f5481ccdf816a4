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

-- A municipality that is not evaluated on the day is not known on it, never a zero.
municipality_days as (
    select
        municipality_list.code as municipality_code,
        stock_days.reference_on,
        stock_days.rule_version,
        stock_days.is_backcast,
        case when evaluated_days.municipality_code is null then 0 else 1 end as covered_share,
        case
            when evaluated_days.municipality_code is null then 0
            else coalesce(1 - {{ ratio('coalesce(undetermined.persons, 0)', 'populations.persons') }}, 0)
        end as decided_share,
        stock_days.reference_on = max(stock_days.reference_on) over (partition by municipality_list.code) as is_newest
    from municipality_list
    cross join stock_days
    left join evaluated_days
        on
            municipality_list.code = evaluated_days.municipality_code
            and stock_days.reference_on = evaluated_days.as_of
    left join undetermined
        on
            municipality_list.code = undetermined.municipality_code
            and stock_days.reference_on = undetermined.reference_on
    left join populations on municipality_list.code = populations.municipality_code
),

places as (
    select
        municipality_days.municipality_code,
        municipality_days.reference_on,
        municipality_days.rule_version,
        municipality_days.is_backcast,
        cast(municipality_days.covered_share as double) as covered_share,
        municipality_days.decided_share
    from municipality_days
    where municipality_days.covered_share > 0 or municipality_days.is_newest
    union all
    select
        'DK' as municipality_code,
        municipality_days.reference_on,
        municipality_days.rule_version,
        municipality_days.is_backcast,
        avg(municipality_days.covered_share) as covered_share,
        avg(municipality_days.decided_share) as decided_share
    from municipality_days
    group by municipality_days.reference_on, municipality_days.rule_version, municipality_days.is_backcast
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
    places.is_backcast
from places
