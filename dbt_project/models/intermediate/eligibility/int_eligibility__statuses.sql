-- A view: the rows lie in the model above already.
{{ config(materialized='view') }}

with

reference_statuses as (
    select * from {{ ref('int_eligibility__reference_statuses') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
)

select
    reference_statuses.municipality_code,
    reference_statuses.person_key,
    reference_statuses.status,
    reference_statuses.is_candidate,
    reference_statuses.resident_outcome,
    reference_statuses.covered_group_outcome,
    reference_statuses.residence_years_outcome,
    reference_statuses.benefit_months_outcome,
    reference_statuses.talk_due_outcome,
    reference_statuses.missing,
    reference_statuses.covered_group,
    reference_statuses.residence_since,
    reference_statuses.last_talk_on,
    reference_statuses.due_by_law,
    reference_statuses.due_by_practice,
    reference_statuses.needs_look_up
from reference_statuses
inner join parameters on reference_statuses.as_of = parameters.as_of
