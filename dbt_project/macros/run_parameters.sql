{#- The reference date D. Given by environment, because --vars loses dbt's partial parsing. Nothing reads the clock. -#}
{% macro as_of_date() -%}
    cast('{{ env_var("REPAT_AS_OF") }}' as date)
{%- endmacro %}

{#-
  Of int_rules__parameter_sets those that can change a criterion: the parameters in force, and alternatives of a parameter of
  that criterion. Everything that a criterion rests on is computed for these sets only.
-#}
{% macro bears_on(criterion) -%}
    (criterion is null or criterion = '{{ criterion }}')
{%- endmacro %}
