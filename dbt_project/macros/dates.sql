{#- Calendar arithmetic for every engine: "+ n months" keeps the day, clamped to the month's last day (rules.md 2). -#}

{% macro add_months(day, months) -%}{{ return(adapter.dispatch('add_months')(day, months)) }}{%- endmacro %}
{% macro default__add_months(day, months) -%}
    cast({{ day }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}
{% macro spark__add_months(day, months) -%}add_months({{ day }}, cast({{ months }} as int)){%- endmacro %}

{% macro add_years(day, years) -%}{{ add_months(day, '12 * (' ~ years ~ ')') }}{%- endmacro %}

{% macro add_days(day, days) -%}{{ return(adapter.dispatch('add_days')(day, days)) }}{%- endmacro %}
{% macro default__add_days(day, days) -%}({{ day }} + cast({{ days }} as integer)){%- endmacro %}
{% macro spark__add_days(day, days) -%}date_add({{ day }}, cast({{ days }} as int)){%- endmacro %}

{#- Days from one date to another; negative when `day` comes first. -#}
{% macro days_between(first_day, day) -%}{{ return(adapter.dispatch('days_between')(first_day, day)) }}{%- endmacro %}
{% macro default__days_between(first_day, day) -%}cast({{ day }} - {{ first_day }} as integer){%- endmacro %}
{% macro spark__days_between(first_day, day) -%}datediff({{ day }}, {{ first_day }}){%- endmacro %}

{#- First day of the month of a date. -#}
{% macro month_start(day) -%}cast(date_trunc('month', {{ day }}) as date){%- endmacro %}

{#- Last day of a month before that of a date; 0 months back: of the month just before. -#}
{% macro month_end_before(day, months_back) -%}
    {{ add_days(add_months(month_start(day), -months_back), -1) }}
{%- endmacro %}

{#- First day of the first month that begins on the date or after it. -#}
{% macro month_ceiling(day) -%}
    case
        when {{ day }} = {{ month_start(day) }} then {{ day }}
        else {{ add_months(month_start(day), 1) }}
    end
{%- endmacro %}

{#- Whole months from one first-of-month date to another; negative when `month` comes first. -#}
{% macro months_between(first_month, month) -%}
    cast(
        (extract(year from {{ month }}) - extract(year from {{ first_month }})) * 12
        + extract(month from {{ month }}) - extract(month from {{ first_month }}) as integer
    )
{%- endmacro %}
