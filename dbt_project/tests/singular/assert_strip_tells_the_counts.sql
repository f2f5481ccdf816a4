-- Several models are read: Dagster is told which asset the check belongs to.
{{ config(meta={'dagster': {'ref': {'name': 'eligibility'}}}) }}
-- rules.md section 7: the strip has one character per month of W, K and I are the proven months, ? the unknown ones.
select
    eligibility.municipality_code,
    eligibility.person_key
from {{ ref('eligibility') }} as eligibility
cross join {{ ref('int_rules__parameters') }} as rules
where
    length(eligibility.month_strip) <> rules.window_months
    or length(replace(replace(eligibility.month_strip, '?', ''), '.', '')) <> eligibility.months_proven
    or length(replace(eligibility.month_strip, '.', '')) <> eligibility.months_possible
