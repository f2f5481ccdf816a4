{#- measure of K01/K02, numerator, denominator, value -#}
{%- set measures = [
    ('K01', 'persons', 'places.eligible', none, 'places.eligible', "'', 'primary_route'"),
    ('K02', 'persons', 'places.undetermined', none, 'places.undetermined', "'', 'missing_source'"),
    ('K02', 'share', 'places.undetermined', 'places.eligible + places.undetermined', none, "''"),
] -%}
with

stock as (
    select * from {{ ref('int_kpi__stock') }}
    where status in ('eligible', 'undetermined')
),

reference_days as (
    select * from {{ ref('int_kpi__reference_days') }}
),

by_place as (
    select
        stock.municipality_code as place_code,
        stock.*
    from stock
    union all
    select
        'DK' as place_code,
        stock.*
    from stock
),

sliced as (
    select
        by_place.*,
        '' as dimension,
        '' as dimension_value
    from by_place
    union all
    select
        by_place.*,
        'primary_route' as dimension,
        by_place.primary_route as dimension_value
    from by_place
    where by_place.status = 'eligible'
    -- An undetermined person who lacks several sources stands under each.
    union all
    select
        by_place.*,
        'missing_source' as dimension,
        {{ names_in('by_place.missing') }} as dimension_value
    from by_place
    where by_place.status = 'undetermined'
),

sums as (
    select
        sliced.place_code,
        sliced.reference_on,
        sliced.dimension,
        sliced.dimension_value,
        count(distinct case when sliced.status = 'eligible' then sliced.person_key end) as eligible,
        count(distinct case when sliced.status = 'undetermined' then sliced.person_key end) as undetermined
    from sliced
    group by sliced.place_code, sliced.reference_on, sliced.dimension, sliced.dimension_value
),

places as (
    select
        reference_days.municipality_code,
        reference_days.reference_on,
        reference_days.period_type,
        reference_days.period_start,
        reference_days.rule_version,
        reference_days.is_backcast,
        reference_days.covered_share,
        reference_days.decided_share,
        coalesce(sums.dimension, '') as dimension,
        coalesce(sums.dimension_value, '') as dimension_value,
        coalesce(sums.eligible, 0) as eligible,
        coalesce(sums.undetermined, 0) as undetermined
    from reference_days
    left join sums
        on
            reference_days.municipality_code = sums.place_code
            and reference_days.reference_on = sums.reference_on
)

{% for kpi_id, measure, numerator, denominator, value, dimensions in measures -%}
    select
        '{{ kpi_id }}' as kpi_id,
        '{{ measure }}' as measure,
        places.municipality_code,
        places.period_type,
        places.period_start,
        places.reference_on as period_end,
        places.dimension,
        places.dimension_value,
        cast({{ numerator }} as double) as numerator,
        cast({{ denominator or 'null' }} as double) as denominator,
        cast({{ value or ratio(numerator, denominator) }} as double) as value,
        {#- How many are undetermined is known where anybody was decided on. #}
        {{ 'places.decided_share' if kpi_id == 'K01' else 'places.covered_share' }} as known_share,
        places.rule_version,
        places.is_backcast
    from places
    where places.dimension in ({{ dimensions }})
    {{ 'union all' if not loop.last }}
{% endfor %}
