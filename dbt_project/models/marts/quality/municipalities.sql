with

municipality_list as (
    select * from {{ ref('kommuner') }}
)

select
    municipality_list.code as municipality_code,
    municipality_list.name,
    municipality_list.region_code,
    municipality_list.region,
    municipality_list.dst_group_code,
    municipality_list.dst_group
from municipality_list
