with

statuses as (
    select * from {{ ref('int_eligibility__reference_statuses') }}
),

routes as (
    select * from {{ ref('int_eligibility__reference_routes') }}
),

residents as (
    select * from {{ ref('int_persons__residents') }}
),

events as (
    select * from {{ ref('int_kpi__contact_events') }}
),

reference_days as (
    select * from {{ ref('int_rules__reference_days') }}
),

-- Of earlier days those persons are told who are in the stock, or undetermined, on some day.
persons_of_the_stock as (
    select distinct
        statuses.municipality_code,
        statuses.person_key
    from statuses
    where statuses.status <> 'not_eligible'
),

persons as (
    select
        reference_days.as_of as reference_on,
        reference_days.rule_version,
        reference_days.permit_years_min,
        statuses.municipality_code,
        statuses.person_key,
        statuses.status,
        routes.primary_route,
        statuses.missing,
        {{ open_criterion('statuses') }} as open_criterion,
        statuses.residence_since,
        residents.arrived_on,
        statuses.last_talk_on,
        statuses.due_by_law,
        statuses.is_candidate,
        routes.ordinary_employment,
        routes.in_migrant,
        routes.active_case,
        reference_days.is_back_cast as is_backcast
    from statuses
    inner join reference_days on statuses.as_of = reference_days.as_of
    inner join routes
        on
            statuses.as_of = routes.as_of
            and statuses.municipality_code = routes.municipality_code
            and statuses.person_key = routes.person_key
    left join persons_of_the_stock
        on
            statuses.municipality_code = persons_of_the_stock.municipality_code
            and statuses.person_key = persons_of_the_stock.person_key
    left join residents
        on
            statuses.municipality_code = residents.municipality_code
            and statuses.person_key = residents.person_key
    where not reference_days.is_back_cast or persons_of_the_stock.person_key is not null
),

invitations as (
    select
        persons.reference_on,
        persons.municipality_code,
        persons.person_key,
        max(events.event_on) as last_invited_on
    from persons
    inner join events
        on
            persons.municipality_code = events.municipality_code
            and persons.person_key = events.person_key
            and persons.reference_on >= events.event_on
    where events.event_kind = 'invitation'
    group by persons.reference_on, persons.municipality_code, persons.person_key
)

select
    persons.reference_on,
    persons.municipality_code,
    persons.person_key,
    persons.status,
    persons.primary_route,
    persons.missing,
    persons.open_criterion,
    persons.rule_version,
    persons.last_talk_on,
    invitations.last_invited_on,
    persons.due_by_law,
    -- The first eligible day seen from this day alone: C4 is the same all month, C3 and arrival have their day.
    case
        when persons.status = 'eligible'
            then
                greatest(
                    {{ month_start('persons.reference_on') }},
                    coalesce(
                        {{ add_years('persons.residence_since', 'persons.permit_years_min') }},
                        {{ month_start('persons.reference_on') }}
                    ),
                    coalesce(persons.arrived_on, {{ month_start('persons.reference_on') }})
                )
    end as eligible_from,
    persons.is_candidate,
    persons.ordinary_employment,
    persons.in_migrant,
    persons.active_case,
    persons.is_backcast
from persons
left join invitations
    on
        persons.reference_on = invitations.reference_on
        and persons.municipality_code = invitations.municipality_code
        and persons.person_key = invitations.person_key
