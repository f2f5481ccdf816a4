{#- The reference date D. Given by environment, because --vars loses dbt's partial parsing. Nothing reads the clock. -#}
{% macro as_of_date() -%}
    cast('{{ env_var("REPAT_AS_OF") }}' as date)
{%- endmacro %}
