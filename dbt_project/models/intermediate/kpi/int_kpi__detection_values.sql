with

lags as (
    select * from {{ ref('int_kpi__detection_lags') }}
),

feeds as (
    select * from {{ ref('stg_lake__feeds') }}
),

reference_days as (
    select * from {{ ref('int_kpi__reference_days') }}
    where period_type = 'month'
),

-- Before the first feed of a municipality nothing is known of its lists; the run's own day is one of a feed.
feed_days as (
    select
        feeds.municipality_code,
        feeds.as_of
    from feeds
    union
    select
        reference_days.municipality_code,
        reference_days.reference_on as as_of
    from reference_days
    where
        not reference_days.is_backcast
        and reference_days.covered_share > 0
        and reference_days.municipality_code <> 'DK'
),

municipality_days as (
    select
        reference_days.municipality_code,
        reference_days.reference_on,
        case when min(feed_days.as_of) is null then 0 else 1 end as fed_share
    from reference_days
    left join feed_days
        on
            reference_days.municipality_code = feed_days.municipality_code
            and reference_days.reference_on >= feed_days.as_of
    where reference_days.municipality_code <> 'DK'
    group by reference_days.municipality_code, reference_days.reference_on
),

country_days as (
    select
        municipality_days.reference_on,
        sum(municipality_days.fed_share) as fed
    from municipality_days
    group by municipality_days.reference_on
),

municipality_list as (
    select count(*) as municipalities from {{ ref('kommuner') }}
),

fed_days as (
    select
        municipality_days.municipality_code,
        municipality_days.reference_on,
        cast(municipality_days.fed_share as double) as fed_share
    from municipality_days
    union all
    select
        'DK' as municipality_code,
        country_days.reference_on,
        {{ ratio('country_days.fed', 'municipality_list.municipalities') }} as fed_share
    from country_days
    cross join municipality_list
),

sliced as (
    {%- for place in ['lags.municipality_code', "'DK'"] %}
        {%- for dimension, value in [("''", "''"), ("'primary_route'", 'lags.primary_route')] %}
            select
                {{ place }} as place_code,
                lags.reference_on,
                {{ dimension }} as dimension,
                {{ value }} as dimension_value,
                lags.person_key,
                lags.days_to_feed
            from lags
            {{ 'union all' if not (loop.last and place == "'DK'") }}
        {%- endfor %}
    {%- endfor %}
),

sums as (
    select
        sliced.place_code,
        sliced.reference_on,
        sliced.dimension,
        sliced.dimension_value,
        {{ median('sliced.days_to_feed') }} as median_days,
        count(distinct case when sliced.days_to_feed is not null then sliced.person_key end) as persons_known,
        count(distinct sliced.person_key) as persons
    from sliced
    group by sliced.place_code, sliced.reference_on, sliced.dimension, sliced.dimension_value
)

select
    'K22' as kpi_id,
    'median' as measure,
    reference_days.municipality_code,
    reference_days.period_type,
    reference_days.period_start,
    reference_days.reference_on as period_end,
    coalesce(sums.dimension, '') as dimension,
    coalesce(sums.dimension_value, '') as dimension_value,
    cast(null as double) as numerator,
    cast(coalesce(sums.persons, 0) as double) as denominator,
    cast(sums.median_days as double) as value,
    fed_days.fed_share * coalesce({{ ratio('sums.persons_known', 'sums.persons') }}, 1) as known_share,
    reference_days.rule_version,
    reference_days.is_backcast
from reference_days
inner join fed_days
    on
        reference_days.municipality_code = fed_days.municipality_code
        and reference_days.reference_on = fed_days.reference_on
left join sums
    on
        reference_days.municipality_code = sums.place_code
        and reference_days.reference_on = sums.reference_on
