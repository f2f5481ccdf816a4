{#- measure, numerator, denominator, value (none: numerator / denominator) -#}
{%- set measures = [
    ('share_30', 'places.invited_first', 'places.persons', none),
    ('share_90', 'places.invited_second', 'places.persons', none),
    ('share_180', 'places.invited_third', 'places.persons', none),
    ('median', none, 'places.persons', 'places.median_days'),
] -%}
with

lead_times as (
    select * from {{ ref('int_kpi__lead_times') }}
),

reference_days as (
    select * from {{ ref('int_kpi__reference_days') }}
    where period_type = 'month' and (has_previous or covered_share = 0)
),

kpi_parameters as (
    select * from {{ ref('int_kpi__parameters') }}
),

sliced as (
    {%- for place in ['lead_times.municipality_code', "'DK'"] %}
        {%- for dimension, value in [("''", "''"), ("'primary_route'", 'lead_times.first_route')] %}
            select
                {{ place }} as place_code,
                lead_times.reference_on,
                {{ dimension }} as dimension,
                {{ value }} as dimension_value,
                lead_times.person_key,
                {%- for span in ['first', 'second', 'third'] %}
                    lead_times.days_to_invitation <= kpi_parameters.lead_time_{{ span }}_days as is_within_{{ span }},
                {%- endfor %}
                coalesce(lead_times.days_to_invitation <= lead_times.days_followed, false) as is_invited,
                least(
                    coalesce(lead_times.days_to_invitation, lead_times.days_followed), lead_times.days_followed
                ) as days_seen
            from lead_times
            cross join kpi_parameters
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
        {%- for span in ['first', 'second', 'third'] %}
            count(distinct case when sliced.is_within_{{ span }} then sliced.person_key end) as invited_{{ span }},
        {%- endfor %}
        count(distinct sliced.person_key) as persons
    from sliced
    group by sliced.place_code, sliced.reference_on, sliced.dimension, sliced.dimension_value
),

-- Kaplan-Meier: who left observation is at risk as long as they were seen.
on_each_day as (
    select
        sliced.place_code,
        sliced.reference_on,
        sliced.dimension,
        sliced.dimension_value,
        sliced.days_seen,
        count(*) as seen,
        count(case when sliced.is_invited then 1 end) as invited
    from sliced
    group by sliced.place_code, sliced.reference_on, sliced.dimension, sliced.dimension_value, sliced.days_seen
),

at_risk as (
    select
        on_each_day.*,
        sum(on_each_day.seen) over (
            partition by
                on_each_day.place_code, on_each_day.reference_on, on_each_day.dimension, on_each_day.dimension_value
            order by on_each_day.days_seen desc
        ) as persons
    from on_each_day
),

-- The share not yet invited: a product over days, as a sum of logarithms; when all are invited nobody is left.
factors as (
    select
        at_risk.*,
        case when at_risk.invited = at_risk.persons then 0 else 1 end as anybody,
        case
            when at_risk.invited = at_risk.persons then 0
            else ln(1 - {{ ratio('at_risk.invited', 'at_risk.persons') }})
        end as factor
    from at_risk
),

waiting as (
    select
        factors.*,
        min(factors.anybody) over until_day * exp(sum(factors.factor) over until_day) as waiting_share
    from factors
    window until_day as (
        partition by factors.place_code, factors.reference_on, factors.dimension, factors.dimension_value
        order by factors.days_seen
    )
),

medians as (
    select
        waiting.place_code,
        waiting.reference_on,
        waiting.dimension,
        waiting.dimension_value,
        min(case when {{ is_at_most_half('waiting.waiting_share') }} then waiting.days_seen end) as median_days
    from waiting
    group by waiting.place_code, waiting.reference_on, waiting.dimension, waiting.dimension_value
),

places as (
    select
        reference_days.*,
        coalesce(sums.dimension, '') as dimension,
        coalesce(sums.dimension_value, '') as dimension_value,
        {%- for column in ['persons', 'invited_first', 'invited_second', 'invited_third'] %}
            coalesce(sums.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        medians.median_days
    from reference_days
    left join sums
        on
            reference_days.municipality_code = sums.place_code
            and reference_days.reference_on = sums.reference_on
    left join medians
        on
            sums.place_code = medians.place_code
            and sums.reference_on = medians.reference_on
            and sums.dimension = medians.dimension
            and sums.dimension_value = medians.dimension_value
)

{% for measure, numerator, denominator, value in measures -%}
    select
        'K21' as kpi_id,
        '{{ measure }}' as measure,
        places.municipality_code,
        places.period_type,
        places.period_start,
        places.reference_on as period_end,
        places.dimension,
        places.dimension_value,
        cast({{ numerator or 'null' }} as double) as numerator,
        cast({{ denominator }} as double) as denominator,
        cast({{ value or ratio(numerator, denominator) }} as double) as value,
        places.flow_share as known_share,
        places.rule_version,
        places.is_backcast
    from places
    {{ 'union all' if not loop.last }}
{% endfor %}
