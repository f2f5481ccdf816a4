{#- A 64-bit hash of some columns, of one engine and version: to find equal rows within a query, never to keep. -#}
{% macro hash_of(columns, qualifier='') -%}
    {{ return(adapter.dispatch('hash_of')(columns, qualifier)) }}
{%- endmacro %}
{% macro default__hash_of(columns, qualifier) -%}
    hash({% for column in columns %}{{ qualifier }}{{ column }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
{% macro spark__hash_of(columns, qualifier) -%}
    xxhash64({% for column in columns %}{{ qualifier }}{{ column }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
