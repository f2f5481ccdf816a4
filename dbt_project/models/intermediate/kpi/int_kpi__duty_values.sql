{#- kpi, measure, numerator, denominator, value (none: the ratio), known share, dimensions, needs the series -#}
{%- set measures = [
    ('K18', 'share', 'places.long_held', 'places.long', none, 'places.series_share', "'', 'primary_route'", true),
    ('K19', 'share', 'places.long_offered', 'places.long', none, 'places.series_share', "'', 'primary_route'", true),
    ('K20', 'persons', 'places.overdue', none, 'places.overdue', 'places.overdue_share', "'', 'band', 'reason'", false),
    ('K20', 'share', 'places.overdue', 'places.eligible', none, 'places.overdue_share', "'', 'band', 'reason'", false),
    ('K23', 'gap', none, none, 'places.hidden_gap', 'places.series_share', "''", true),
] -%}
{%- set hidden = "sliced.primary_route in ('ordinary_employment', 'in_migrant')" -%}
with

duty_days as (
    select * from {{ ref('int_kpi__duty_days') }}
),

reference_days as (
    select * from {{ ref('int_kpi__reference_days') }}
),

-- A spell is known as long only where all its month ends are.
by_place as (
    select
        duty_days.municipality_code as place_code,
        duty_days.is_long and reference_days.has_full_series as is_long_known,
        duty_days.*
    from duty_days
    inner join reference_days
        on
            duty_days.municipality_code = reference_days.municipality_code
            and duty_days.reference_on = reference_days.reference_on
    union all
    select
        'DK' as place_code,
        duty_days.is_long and reference_days.has_full_series as is_long_known,
        duty_days.*
    from duty_days
    inner join reference_days
        on
            duty_days.municipality_code = reference_days.municipality_code
            and duty_days.reference_on = reference_days.reference_on
),

sliced as (
    select
        by_place.*,
        'primary_route' as dimension,
        by_place.primary_route as dimension_value
    from by_place
    {%- for dimension in ['band', 'reason'] %}
        union all
        select
            by_place.*,
            '{{ dimension }}' as dimension,
            by_place.overdue_{{ dimension }} as dimension_value
        from by_place
        where by_place.overdue_band is not null
    {%- endfor %}
    union all
    select
        by_place.*,
        '' as dimension,
        '' as dimension_value
    from by_place
),

sums as (
    select
        sliced.place_code,
        sliced.reference_on,
        sliced.dimension,
        sliced.dimension_value,
        {%- for column, condition in [
            ('long', 'sliced.is_long_known'),
            ('long_held', 'sliced.is_long_known and sliced.has_recent_talk'),
            ('long_offered', 'sliced.is_long_known and sliced.has_recent_invitation'),
            ('hidden', 'sliced.is_long_known and ' ~ hidden),
            ('hidden_held', 'sliced.is_long_known and sliced.has_recent_talk and ' ~ hidden),
            ('with_case', "sliced.is_long_known and sliced.primary_route = 'active_case'"),
            ('with_case_held', "sliced.is_long_known and sliced.has_recent_talk and sliced.primary_route = 'active_case'"),
            ('overdue', 'sliced.overdue_band is not null'),
            ('overdue_exact', 'sliced.overdue_band is not null and sliced.is_overdue_exact'),
        ] %}
            count(distinct case when {{ condition }} then sliced.person_key end) as {{ column }},
        {%- endfor %}
        count(distinct sliced.person_key) as eligible
    from sliced
    group by sliced.place_code, sliced.reference_on, sliced.dimension, sliced.dimension_value
),

totals as (
    select * from sums
    where dimension = ''
),

places as (
    select
        reference_days.*,
        coalesce(sums.dimension, '') as dimension,
        coalesce(sums.dimension_value, '') as dimension_value,
        {%- for column in ['long', 'long_held', 'long_offered', 'overdue'] %}
            coalesce(sums.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        coalesce(totals.eligible, 0) as eligible,
        {{ points_of_share(
            ratio('sums.hidden_held', 'sums.hidden') ~ ' - ' ~ ratio('sums.with_case_held', 'sums.with_case')
        ) }} as hidden_gap,
        -- In which band is known only of those whose days are.
        reference_days.decided_share
        * case
            when sums.dimension = 'band' then coalesce({{ ratio('totals.overdue_exact', 'totals.overdue') }}, 1)
            else 1
        end as overdue_share
    from reference_days
    left join sums
        on
            reference_days.municipality_code = sums.place_code
            and reference_days.reference_on = sums.reference_on
    left join totals
        on
            reference_days.municipality_code = totals.place_code
            and reference_days.reference_on = totals.reference_on
)

{% for kpi_id, measure, numerator, denominator, value, known_share, dimensions, needs_series in measures -%}
    select
        '{{ kpi_id }}' as kpi_id,
        '{{ measure }}' as measure,
        places.municipality_code,
        places.period_type,
        places.period_start,
        places.reference_on as period_end,
        places.dimension,
        places.dimension_value,
        {%- for column, figure in [('numerator', numerator), ('denominator', denominator),
            ('value', value or ratio(numerator, denominator))] %}
            cast(
                {{ 'case when places.has_full_series then ' if needs_series }}{{ figure or 'null' }}
                {{- ' end' if needs_series }} as double
            ) as {{ column }},
        {%- endfor %}
        {{ known_share }} as known_share,
        places.rule_version,
        places.is_backcast
    from places
    where places.dimension in ({{ dimensions }})
    {{ 'union all' if not loop.last }}
{% endfor %}
