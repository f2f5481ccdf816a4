{#- What the stock of persons is split by, for KPIs. -#}

{#- The first of C1-C4 that is not met, for why somebody is not in the target group; null when all are met. -#}
{% macro open_criterion(relation) -%}
    case
        when {{ relation }}.resident_outcome <> 'met' then 'resident'
        when {{ relation }}.covered_group_outcome <> 'met' then 'covered_group'
        when {{ relation }}.residence_years_outcome <> 'met' then 'residence_years'
        when {{ relation }}.benefit_months_outcome <> 'met' then 'benefit_months'
    end
{%- endmacro %}

{#- Rows of a select: the single names of a `missing` text. -#}
{% macro names_in(missing) -%}{{ return(adapter.dispatch('names_in')(missing)) }}{%- endmacro %}
{% macro default__names_in(missing) -%}unnest(string_split({{ missing }}, ',')){%- endmacro %}
{% macro spark__names_in(missing) -%}explode(split({{ missing }}, ',')){%- endmacro %}
