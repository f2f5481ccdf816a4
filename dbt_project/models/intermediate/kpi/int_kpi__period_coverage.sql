with

registration as (
    select * from {{ ref('int_kpi__registration') }}
),

periods as (
    select * from {{ ref('int_kpi__periods') }}
),

covered as (
    select
        registration.municipality_code,
        registration.subject,
        periods.only_municipality_code,
        periods.period_type,
        periods.period_start,
        periods.period_end,
        periods.is_shown_without_data,
        registration.accepted_share
        * coalesce(
            {{ ratio(
                'greatest(0, 1 + ' ~ days_between(
                    'greatest(periods.period_start, registration.known_from)',
                    'least(periods.period_end, registration.known_until)'
                ) ~ ')',
                days_between('periods.period_start', 'periods.period_end') ~ ' + 1'
            ) }},
            0
        )
        * case when registration.known_from is null then 0 else 1 end as covered_share
    from registration
    inner join periods
        on
            periods.only_municipality_code is null
            or registration.municipality_code = periods.only_municipality_code
),

-- The country is known as far as its municipalities are, those that delivered nothing included.
places as (
    select
        covered.municipality_code,
        covered.subject,
        covered.period_type,
        covered.period_start,
        covered.period_end,
        covered.is_shown_without_data,
        covered.covered_share
    from covered
    union all
    select
        'DK' as municipality_code,
        covered.subject,
        covered.period_type,
        covered.period_start,
        covered.period_end,
        covered.is_shown_without_data,
        avg(covered.covered_share) as covered_share
    from covered
    where covered.only_municipality_code is null
    group by
        covered.subject,
        covered.period_type,
        covered.period_start,
        covered.period_end,
        covered.is_shown_without_data
)

select
    places.municipality_code,
    places.subject,
    places.period_type,
    places.period_start,
    places.period_end,
    places.covered_share
from places
where places.covered_share > 0 or places.is_shown_without_data
