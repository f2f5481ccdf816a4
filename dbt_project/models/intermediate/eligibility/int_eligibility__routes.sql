-- A view: the rows lie in the model above already.
{{ config(materialized='view') }}

with

reference_routes as (
    select * from {{ ref('int_eligibility__reference_routes') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
)

select
    reference_routes.municipality_code,
    reference_routes.person_key,
    reference_routes.active_case,
    reference_routes.closed_case,
    reference_routes.no_case,
    reference_routes.ordinary_employment,
    reference_routes.employment_source,
    reference_routes.in_migrant,
    reference_routes.other_benefit,
    reference_routes.primary_route,
    reference_routes.is_address_protected,
    reference_routes.has_digital_post
from reference_routes
inner join parameters on reference_routes.as_of = parameters.as_of
