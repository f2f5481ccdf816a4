with

stock as (
    select * from {{ ref('int_kpi__stock') }}
),

municipality_list as (
    select * from {{ ref('kommuner') }}
),

stock_days as (
    select distinct
        stock.reference_on,
        stock.rule_version,
        stock.is_backcast
    from stock
),

sums as (
    select
        stock.municipality_code,
        stock.reference_on,
        count(*) as persons,
        count(case when stock.status = 'undetermined' then 1 end) as undetermined
    from stock
    group by stock.municipality_code, stock.reference_on
),

-- A municipality without a stock on the day is not evaluated on it: not known, never a zero.
municipality_days as (
    select
        municipality_list.code as municipality_code,
        stock_days.reference_on,
        stock_days.rule_version,
        stock_days.is_backcast,
        case when sums.persons is null then 0 else 1 end as covered_share,
        coalesce(1 - {{ ratio('sums.undetermined', 'sums.persons') }}, 0) as decided_share,
        stock_days.reference_on = max(stock_days.reference_on) over (partition by municipality_list.code) as is_newest
    from municipality_list
    cross join stock_days
    left join sums
        on
            municipality_list.code = sums.municipality_code
            and stock_days.reference_on = sums.reference_on
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
