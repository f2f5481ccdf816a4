{#- Ends of calendar periods, for KPIs. -#}

{#- First day of the year of a date. -#}
{% macro year_start(day) -%}cast(date_trunc('year', {{ day }}) as date){%- endmacro %}

{#- Last day of the month of a date. -#}
{% macro month_end(day) -%}{{ add_days(add_months(month_start(day), 1), '-1') }}{%- endmacro %}
