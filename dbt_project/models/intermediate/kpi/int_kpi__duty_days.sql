with

stock as (
    select * from {{ ref('int_kpi__stock') }}
    where status = 'eligible'
),

reference_days as (
    select * from {{ ref('int_kpi__reference_days') }}
),

kpi_parameters as (
    select * from {{ ref('int_kpi__parameters') }}
),

numbered as (
    select
        stock.*,
        {{ add_months(
            month_start('stock.reference_on'),
            '-1 * row_number() over (partition by stock.municipality_code, stock.person_key order by stock.reference_on)'
        ) }} as spell_on
    from stock
),

-- Reference days of months that follow each other are one spell; a month that was not calculated breaks it.
spells as (
    select
        numbered.municipality_code,
        numbered.person_key,
        numbered.spell_on,
        min(numbered.reference_on) as first_reference_on,
        max(numbered.reference_on) as last_reference_on
    from numbered
    group by numbered.municipality_code, numbered.person_key, numbered.spell_on
),

days as (
    select
        numbered.*,
        spells.first_reference_on,
        spells.last_reference_on,
        first_days.eligible_from as spell_from,
        first_days.primary_route as first_route,
        reference_days.has_previous as is_start_seen
    from numbered
    inner join spells
        on
            numbered.municipality_code = spells.municipality_code
            and numbered.person_key = spells.person_key
            and numbered.spell_on = spells.spell_on
    inner join stock as first_days
        on
            spells.municipality_code = first_days.municipality_code
            and spells.person_key = first_days.person_key
            and spells.first_reference_on = first_days.reference_on
    inner join reference_days
        on
            spells.municipality_code = reference_days.municipality_code
            and spells.first_reference_on = reference_days.reference_on
),

overdue as (
    select
        days.*,
        -- K20: from the deadline, or without a talk from the first eligible day; before it there was no duty.
        greatest(coalesce(days.due_by_law, days.spell_from), days.spell_from) as overdue_since,
        case
            when days.last_talk_on is not null then 'talk_expired'
            when coalesce(days.last_invited_on >= days.spell_from, false) then 'invited_not_attended'
            else 'never_invited'
        end as overdue_reason
    from days
)

select
    overdue.reference_on,
    overdue.municipality_code,
    overdue.person_key,
    overdue.primary_route,
    overdue.first_route,
    overdue.overdue_reason,
    case
        when {{ days_between('overdue.overdue_since', 'overdue.reference_on') }} < 1 then null
        when
            {{ days_between('overdue.overdue_since', 'overdue.reference_on') }} <= kpi_parameters.overdue_band_1_days
            then 'band_1'
        when
            {{ days_between('overdue.overdue_since', 'overdue.reference_on') }} <= kpi_parameters.overdue_band_2_days
            then 'band_2'
        else 'band_3'
    end as overdue_band,
    overdue.spell_from,
    overdue.first_reference_on,
    overdue.last_reference_on,
    overdue.overdue_since,
    overdue.is_start_seen,
    -- Whether the days can be more than they look: the spell may have begun before it was seen.
    overdue.is_start_seen or overdue.overdue_since > overdue.spell_from as is_overdue_exact,
    -- K18: the day itself is over, so that 24 month ends are 24 months.
    {{ add_days('overdue.reference_on', '1') }}
    >= {{ add_months('overdue.spell_from', 'kpi_parameters.coverage_months') }} as is_long,
    coalesce(
        {{ add_months('overdue.last_talk_on', 'kpi_parameters.coverage_months') }} > overdue.reference_on, false
    ) as has_recent_talk,
    coalesce(
        {{ add_months('overdue.last_invited_on', 'kpi_parameters.coverage_months') }} > overdue.reference_on, false
    ) as has_recent_invitation
from overdue
cross join kpi_parameters
