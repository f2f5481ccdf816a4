-- Several models are read: Dagster is told which asset the check belongs to.
{{ config(meta={'dagster': {'ref': {'name': 'eligibility_candidates'}}}) }}
-- rules.md section 3: a candidate is eligible, and stands in the criteria with all five met.
select
    candidates.municipality_code,
    candidates.person_key
from {{ ref('eligibility_candidates') }} as candidates
inner join {{ ref('eligibility_criteria') }} as criteria
    on
        candidates.municipality_code = criteria.municipality_code
        and candidates.person_key = criteria.person_key
where criteria.outcome <> 'met' or candidates.status <> 'eligible'
