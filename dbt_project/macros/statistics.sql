{#- Figures of KPIs for every engine; interpolated linearly between neighbours, nulls left out. -#}

{% macro median(expression) -%}{{ return(adapter.dispatch('quantile')(expression, '0.5')) }}{%- endmacro %}
{% macro lower_quartile(expression) -%}{{ return(adapter.dispatch('quantile')(expression, '0.25')) }}{%- endmacro %}
{% macro upper_quartile(expression) -%}{{ return(adapter.dispatch('quantile')(expression, '0.75')) }}{%- endmacro %}
{% macro default__quantile(expression, share) -%}quantile_cont({{ expression }}, {{ share }}){%- endmacro %}
{% macro spark__quantile(expression, share) -%}percentile({{ expression }}, {{ share }}){%- endmacro %}

{% macro hours_of_minutes(minutes) -%}(cast({{ minutes }} as double) / 60){%- endmacro %}

{#- A share as percentage points. -#}
{% macro points_of_share(share) -%}(100 * ({{ share }})){%- endmacro %}

{#- Six decimals: sums of floating point numbers may come in any order, published bytes may not. -#}
{% macro rounded(expression) -%}round(cast({{ expression }} as double), 6){%- endmacro %}

{#- a / b as a floating point number; null when b is 0 or null. -#}
{% macro ratio(numerator, denominator) -%}
    (cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0))
{%- endmacro %}

{#- Whether a share is a half or less, but for the noise of floating point numbers. -#}
{% macro is_at_most_half(share) -%}({{ rounded(share) }} <= 0.5){%- endmacro %}
