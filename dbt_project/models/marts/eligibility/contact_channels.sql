with

routes as (
    select * from {{ ref('int_eligibility__routes') }}
)

select
    routes.person_key,
    routes.municipality_code,
    routes.is_address_protected as address_protected,
    routes.has_digital_post as digital_post
from routes
