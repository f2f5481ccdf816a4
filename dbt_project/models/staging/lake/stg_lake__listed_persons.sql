select
    municipality_code,
    person_key,
    first_listed_on,
    primary_route
from {{ source('lake', 'listed_persons') }}
