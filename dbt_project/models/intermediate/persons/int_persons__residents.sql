with

residents as (
    select * from {{ ref('stg_fagsystem__residents') }}
),

countries as (
    select * from {{ ref('cpr_landekoder') }}
),

statuses as (
    select * from {{ ref('cpr_status') }}
)

select
    residents.municipality_code,
    residents.person_key,
    residents.residence_municipality_code,
    residents.from_municipality_code,
    residents.country_code,
    -- inbound.md section 4: a country code that is not in the list counts as group other.
    coalesce(countries.citizenship_group, 'other') as citizenship_group,
    residents.arrived_on,
    statuses.in_dk_population = '1' as is_in_population,
    residents.is_address_protected,
    residents.has_digital_post
from residents
inner join statuses on residents.cpr_status_code = statuses.code
left join countries on residents.country_code = countries.cpr_code
