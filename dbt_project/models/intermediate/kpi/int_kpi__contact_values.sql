{#- Counts of events: a share of talks with a field known is 1 where there is no talk that could lack it. -#}
{%- set timed = 'coalesce(' ~ ratio('places.talks_timed', 'places.talks') ~ ', 1)' -%}
{%- set all_timed = 'coalesce(' ~ ratio('places.talks_with_all_minutes', 'places.talks') ~ ', 1)' -%}
{%- set interpreter_known = 'coalesce(' ~ ratio('places.talks_with_interpreter_known', 'places.talks') ~ ', 1)' -%}
{%- set cost_known = all_timed ~ ' * coalesce(' ~ ratio('places.bookings_with_cost', 'places.bookings') ~ ', 1)' -%}
{%- set hours = hours_of_minutes('places.all_minutes') -%}
{%- set hours_with_no_shows = hours_of_minutes('places.all_minutes + places.no_show_minutes') -%}
{%- set cost = hours_with_no_shows ~ ' * parameters.hourly_rate_dkk + places.interpreter_dkk'
    ~ ' + places.letters * parameters.postage_dkk' -%}
{%- set counts = [
    'persons_invited', 'persons_attended', 'invitations', 'reminders', 'talks', 'no_shows', 'letters', 'talks_timed',
    'talks_short', 'talks_long', 'talks_with_all_minutes', 'all_minutes', 'minutes_without_preparation', 'no_show_minutes',
    'talks_with_interpreter_known', 'talks_with_interpreter', 'bookings', 'bookings_not_used', 'bookings_with_cost',
    'interpreter_dkk',
] -%}
{%- set total = "''" -%}
{%- set by_channel = "'', 'channel'" -%}
{%- set by_talk = "'', 'channel', 'adviser', 'after_job_talk'" -%}
{#- kpi, measure, numerator, denominator, value (none: numerator / denominator), share of fields known, dimensions -#}
{%- set measures = [
    ('K04', 'persons', 'places.persons_invited', none, 'places.persons_invited', '1', total),
    ('K05', 'events', 'places.invitations', none, 'places.invitations', '1', total),
    ('K05', 'per_person', 'places.invitations', 'places.persons_invited', none, '1', total),
    ('K06', 'events', 'places.reminders', none, 'places.reminders', '1', total),
    ('K06', 'per_invitation', 'places.reminders', 'places.invitations', none, '1', total),
    ('K07', 'persons', 'places.persons_attended', none, 'places.persons_attended', '1', total),
    ('K08', 'events', 'places.talks', none, 'places.talks', 'places.dimension_known', by_talk),
    ('K08', 'per_person', 'places.talks', 'places.persons_attended', none, 'places.dimension_known', by_talk),
    ('K10', 'share', 'places.no_shows', 'places.no_shows + places.talks', none, '1', total),
    ('K12', 'median', none, 'places.talks_timed', 'places.median_minutes', timed, by_channel),
    ('K12', 'p25', none, 'places.talks_timed', 'places.lower_quartile_minutes', timed, by_channel),
    ('K12', 'p75', none, 'places.talks_timed', 'places.upper_quartile_minutes', timed, by_channel),
    ('K12', 'share_below_15', 'places.talks_short', 'places.talks_timed', none, timed, by_channel),
    ('K12', 'share_15_to_30', 'places.talks_timed - places.talks_short - places.talks_long', 'places.talks_timed', none,
        timed, by_channel),
    ('K12', 'share_above_30', 'places.talks_long', 'places.talks_timed', none, timed, by_channel),
    ('K13', 'hours', hours, none, hours, all_timed, total),
    ('K13', 'hours_with_no_shows', hours_with_no_shows, none, hours_with_no_shows, all_timed, total),
    ('K13', 'per_talk', hours, 'places.talks_with_all_minutes', none, all_timed, total),
    ('K13', 'per_talk_without_preparation', hours_of_minutes('places.minutes_without_preparation'),
        'places.talks_with_all_minutes', none, all_timed, total),
    ('K14', 'cost', cost, none, cost, cost_known, total),
    ('K14', 'per_talk', cost, 'places.talks', none, cost_known, total),
    ('K14', 'per_person', cost, 'places.persons_attended', none, cost_known, total),
    ('K15', 'share_used', 'places.talks_with_interpreter', 'places.talks_with_interpreter_known', none, interpreter_known,
        total),
    ('K15', 'share_not_used', 'places.bookings_not_used', 'places.bookings', none, interpreter_known, total),
] -%}
with

coverage as (
    select * from {{ ref('int_kpi__period_coverage') }}
    where subject = 'guidance'
),

contacts as (
    select * from {{ ref('int_kpi__contacts_summed') }}
),

parameters as (
    select * from {{ ref('int_kpi__parameters') }}
),

dimensions as (
    select
        contacts.municipality_code,
        contacts.period_type,
        contacts.period_start,
        contacts.period_end,
        contacts.dimension,
        sum(case when contacts.dimension_value = 'unknown' then 0 else contacts.talks end) as talks_known,
        sum(contacts.talks) as talks
    from contacts
    group by
        contacts.municipality_code,
        contacts.period_type,
        contacts.period_start,
        contacts.period_end,
        contacts.dimension
),

-- A covered period without an event is a true zero; one that is not covered is not known.
places as (
    select
        coverage.municipality_code,
        coverage.period_type,
        coverage.period_start,
        coverage.period_end,
        coverage.covered_share,
        coalesce(contacts.dimension, '') as dimension,
        coalesce(contacts.dimension_value, '') as dimension_value,
        {%- for column in counts %}
            coalesce(contacts.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        contacts.median_minutes,
        contacts.lower_quartile_minutes,
        contacts.upper_quartile_minutes,
        coalesce({{ ratio('dimensions.talks_known', 'dimensions.talks') }}, 1) as dimension_known
    from coverage
    left join contacts
        on
            coverage.municipality_code = contacts.municipality_code
            and coverage.period_type = contacts.period_type
            and coverage.period_start = contacts.period_start
            and coverage.period_end = contacts.period_end
    left join dimensions
        on
            contacts.municipality_code = dimensions.municipality_code
            and contacts.period_type = dimensions.period_type
            and contacts.period_start = dimensions.period_start
            and contacts.period_end = dimensions.period_end
            and contacts.dimension = dimensions.dimension
)

{% for kpi_id, measure, numerator, denominator, value, field_share, dimensions in measures -%}
    select
        '{{ kpi_id }}' as kpi_id,
        '{{ measure }}' as measure,
        places.municipality_code,
        places.period_type,
        places.period_start,
        places.period_end,
        places.dimension,
        places.dimension_value,
        cast({{ numerator or 'null' }} as double) as numerator,
        cast({{ denominator or 'null' }} as double) as denominator,
        cast({{ value or ratio(numerator, denominator) }} as double) as value,
        places.covered_share * {{ field_share }} as known_share
    from places
    cross join parameters
    where places.dimension in ({{ dimensions }})
    {{ 'union all' if not loop.last }}
{% endfor %}
