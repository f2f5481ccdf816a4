{#- The columns of the published table `eligibility` (outbound.md section 2); the candidate tables have the same. -#}
{% macro eligibility_columns(relation) -%}
    {%- for name in [
        'person_key', 'municipality_code', 'as_of', 'status', 'is_candidate', 'covered_group', 'residence_since',
        'months_proven', 'months_possible', 'month_strip', 'last_talk_on', 'due_by_law', 'due_by_practice',
        'next_action', 'active_case', 'closed_case', 'no_case', 'ordinary_employment', 'in_migrant',
        'employment_source', 'other_benefit', 'primary_route', 'address_protected', 'rule_version', 'missing',
    ] -%}
    {{ relation }}.{{ name }}{{ ',\n    ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
