-- Several models are read: Dagster is told which asset the check belongs to.
{{ config(meta={'dagster': {'ref': {'name': 'eligibility'}}}) }}
-- rules.md section 1: a blocked municipality is not evaluated.
select distinct eligibility.municipality_code
from {{ ref('eligibility') }} as eligibility
left join {{ ref('int_deliveries__municipalities_evaluated') }} as municipalities
    on eligibility.municipality_code = municipalities.municipality_code
where municipalities.municipality_code is null
