with

statuses as (
    select * from {{ ref('int_eligibility__statuses') }}
),

months as (
    select * from {{ ref('int_benefits__months_combined') }}
),

routes as (
    select * from {{ ref('int_eligibility__routes') }}
),

newest_rounds as (
    select * from {{ ref('int_guidance__newest_rounds') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
)

select
    statuses.person_key,
    statuses.municipality_code,
    parameters.as_of,
    statuses.status,
    statuses.is_candidate,
    statuses.covered_group,
    statuses.residence_since,
    months.months_proven,
    months.months_possible,
    months.month_strip,
    statuses.last_talk_on,
    statuses.due_by_law,
    statuses.due_by_practice,
    -- rules.md section 5
    case
        when statuses.is_candidate then coalesce(newest_rounds.next_action, 'invite')
        when statuses.status = 'undetermined' and statuses.needs_look_up then 'look_up'
        when statuses.status = 'undetermined' then 'manual_check'
        when statuses.status = 'eligible' and statuses.talk_due_outcome = 'unknown' then 'manual_check'
        else 'none'
    end as next_action,
    routes.active_case,
    routes.closed_case,
    routes.no_case,
    routes.ordinary_employment,
    routes.in_migrant,
    routes.employment_source,
    routes.other_benefit,
    routes.primary_route,
    routes.is_address_protected as address_protected,
    parameters.rule_version,
    statuses.missing
from statuses
inner join months
    on
        statuses.municipality_code = months.municipality_code
        and statuses.person_key = months.person_key
inner join routes
    on
        statuses.municipality_code = routes.municipality_code
        and statuses.person_key = routes.person_key
left join newest_rounds
    on
        statuses.municipality_code = newest_rounds.municipality_code
        and statuses.person_key = newest_rounds.person_key
cross join parameters
