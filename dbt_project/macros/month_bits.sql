{#-
  Months of the window as bits of a 64-bit integer: bit 0 is the oldest month of W. A person's 36 months are one number,
  so that counting, combining and clipping cost one operation (docs/adr/0001-architecture.md).
-#}

{#- The bit of one month; null index or an index outside 0 .. months - 1 gives no bit. -#}
{% macro month_bit(index, months) -%}
    case when {{ index }} between 0 and {{ months }} - 1 then {{ shift_left_one(index) }} else cast(0 as bigint) end
{%- endmacro %}

{#- The bits of the months from one index to another, both inclusive, clipped to 0 .. months - 1; empty when reversed. -#}
{% macro month_range_bits(from_index, to_index, months) -%}
    case
        when least({{ to_index }}, {{ months }} - 1) >= greatest({{ from_index }}, 0)
            then
                {{ shift_left_one('least(' ~ to_index ~ ', ' ~ months ~ ' - 1) + 1') }}
                - {{ shift_left_one('greatest(' ~ from_index ~ ', 0)') }}
        else cast(0 as bigint)
    end
{%- endmacro %}

{#- Bits of `bits` that are not in `other`. -#}
{% macro bits_without(bits, other) -%}(({{ bits }}) & ~({{ other }})){%- endmacro %}

{% macro shift_left_one(places) -%}{{ return(adapter.dispatch('shift_left_one')(places)) }}{%- endmacro %}
{% macro default__shift_left_one(places) -%}(cast(1 as bigint) << cast({{ places }} as integer)){%- endmacro %}
{% macro spark__shift_left_one(places) -%}shiftleft(cast(1 as bigint), cast({{ places }} as int)){%- endmacro %}

{#- How many months a number holds. -#}
{% macro month_count(bits) -%}cast(bit_count({{ bits }}) as integer){%- endmacro %}

{#- Index of the oldest / newest month of a number; null when it holds none. -#}
{% macro oldest_month_index(bits) -%}
    case when {{ bits }} <> 0 then {{ month_count('((' ~ bits ~ ') & -(' ~ bits ~ ')) - 1') }} end
{%- endmacro %}
{% macro newest_month_index(bits) -%}{{ return(adapter.dispatch('newest_month_index')(bits)) }}{%- endmacro %}
{% macro default__newest_month_index(bits) -%}
    case when {{ bits }} <> 0 then cast(floor(log2({{ bits }})) as integer) end
{%- endmacro %}
{% macro spark__newest_month_index(bits) -%}
    case when {{ bits }} <> 0 then cast(floor(log2({{ bits }})) as int) end
{%- endmacro %}

{#- The strip of rules.md section 7, oldest month first: K own, I income only, ? unknown, . not counted. -#}
{% macro month_strip(own, income, unknown, months) -%}
    {{ return(adapter.dispatch('month_strip')(own, income, unknown, months)) }}
{%- endmacro %}
{% macro default__month_strip(own, income, unknown, months) -%}
    array_to_string(
        list_transform(
            range({{ months }}),
            lambda i: case
                when ({{ own }} >> i) & 1 = 1 then 'K'
                when ({{ income }} >> i) & 1 = 1 then 'I'
                when ({{ unknown }} >> i) & 1 = 1 then '?'
                else '.'
            end
        ),
        ''
    )
{%- endmacro %}
{% macro spark__month_strip(own, income, unknown, months) -%}
    array_join(
        transform(
            sequence(0, {{ months }} - 1),
            i -> case
                when (shiftright({{ own }}, i) & 1) = 1 then 'K'
                when (shiftright({{ income }}, i) & 1) = 1 then 'I'
                when (shiftright({{ unknown }}, i) & 1) = 1 then '?'
                else '.'
            end
        ),
        ''
    )
{%- endmacro %}
