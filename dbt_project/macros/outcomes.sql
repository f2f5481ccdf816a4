{#-
  Three-valued outcomes (rules.md section 2) and what an unknown one lacks (section 1, vocabulary of `missing`).
-#}

{#- Status of a person from the outcomes of C1-C4 (rules.md section 3). -#}
{% macro status_of(outcomes) -%}
    case
        when 'not_met' in ({{ outcomes | join(', ') }}) then 'not_eligible'
        when 'unknown' in ({{ outcomes | join(', ') }}) then 'undetermined'
        else 'eligible'
    end
{%- endmacro %}

{#- Names of what is missing, sorted, joined by comma; null when nothing is. `lacks` maps name -> condition. -#}
{% macro missing_names(lacks) -%}
    nullif(concat_ws(','
        {%- for name in lacks | sort %}, case when {{ lacks[name] }} then '{{ name }}' end{% endfor -%}
    ), '')
{%- endmacro %}

{#- Union of several `missing` texts, sorted and distinct; null when all are null. -#}
{% macro union_of_missing(columns) -%}{{ return(adapter.dispatch('union_of_missing')(columns)) }}{%- endmacro %}
{% macro default__union_of_missing(columns) -%}
    nullif(
        array_to_string(
            list_sort(list_distinct(string_split(concat_ws(',', {{ columns | join(', ') }}), ','))), ','
        ),
        ''
    )
{%- endmacro %}
{% macro spark__union_of_missing(columns) -%}
    nullif(array_join(array_sort(array_distinct(split(concat_ws(',', {{ columns | join(', ') }}), ','))), ','), '')
{%- endmacro %}
