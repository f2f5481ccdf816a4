{#- kpi, measure, numerator, denominator, value (none: numerator / denominator) -#}
{%- set measures = [
    ('K09', 'share', 'places.attended', 'places.opened', none),
    ('K11', 'share', 'places.closed_without_talk', 'places.closed', none),
    ('K26', 'events', 'places.deferrals', none, 'places.deferrals'),
    ('K26', 'per_closed_round', 'places.deferrals', 'places.closed', none),
] -%}
with

coverage as (
    select * from {{ ref('int_kpi__period_coverage') }}
    where subject = 'guidance'
),

rounds as (
    select * from {{ ref('int_kpi__rounds') }}
),

events as (
    select * from {{ ref('int_kpi__contact_events') }}
    where event_kind = 'deferral'
),

-- One row per thing that happens on a day: a round opened, a round closed, a deferral.
happenings as (
    select
        rounds.municipality_code,
        rounds.opened_on as happened_on,
        1 as opened,
        case when rounds.is_attended then 1 else 0 end as attended,
        0 as closed,
        0 as closed_without_talk,
        0 as deferrals
    from rounds
    where not rounds.is_left_out
    union all
    select
        rounds.municipality_code,
        rounds.closed_on as happened_on,
        0 as opened,
        0 as attended,
        1 as closed,
        case when rounds.is_closed_without_talk then 1 else 0 end as closed_without_talk,
        0 as deferrals
    from rounds
    where rounds.closed_on is not null
    union all
    select
        events.municipality_code,
        events.event_on as happened_on,
        0 as opened,
        0 as attended,
        0 as closed,
        0 as closed_without_talk,
        1 as deferrals
    from events
),

by_place as (
    select
        happenings.municipality_code as place_code,
        happenings.*
    from happenings
    union all
    select
        'DK' as place_code,
        happenings.*
    from happenings
),

places as (
    select
        coverage.municipality_code,
        coverage.period_type,
        coverage.period_start,
        coverage.period_end,
        coverage.covered_share,
        coalesce(sum(by_place.opened), 0) as opened,
        coalesce(sum(by_place.attended), 0) as attended,
        coalesce(sum(by_place.closed), 0) as closed,
        coalesce(sum(by_place.closed_without_talk), 0) as closed_without_talk,
        coalesce(sum(by_place.deferrals), 0) as deferrals
    from coverage
    left join by_place
        on
            coverage.municipality_code = by_place.place_code
            and coverage.period_start <= by_place.happened_on
            and coverage.period_end >= by_place.happened_on
    group by
        coverage.municipality_code,
        coverage.period_type,
        coverage.period_start,
        coverage.period_end,
        coverage.covered_share
)

{% for kpi_id, measure, numerator, denominator, value in measures -%}
    select
        '{{ kpi_id }}' as kpi_id,
        '{{ measure }}' as measure,
        places.municipality_code,
        places.period_type,
        places.period_start,
        places.period_end,
        '' as dimension,
        '' as dimension_value,
        cast({{ numerator }} as double) as numerator,
        cast({{ denominator or 'null' }} as double) as denominator,
        cast({{ value or ratio(numerator, denominator) }} as double) as value,
        places.covered_share as known_share
    from places
    {{ 'union all' if not loop.last }}
{% endfor %}
