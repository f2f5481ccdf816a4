{#-
  Months as bits of a 64-bit integer: a person's 36 months are one number, so that counting, combining and clipping cost one
  operation (docs/adr/0001-architecture.md).

  Evidence is gathered once for every window of every parameter set: its bit 0 is the oldest month of
  int_rules__evidence_window. What is decided from it is in bits of one window W, bit 0 its oldest month: `bits_of_window`.
-#}

{#- The bit of one month; null index or an index outside 0 .. months - 1 gives no bit. -#}
{% macro month_bit(index, months) -%}
    case when {{ index }} between 0 and {{ months }} - 1 then {{ shift_left_one(index) }} else cast(0 as bigint) end
{%- endmacro %}

{#- The bits of the months from one index to another, both inclusive, within 0 .. months - 1; empty when reversed. -#}
{% macro month_range_bits(from_index, to_index, months) -%}
    case
        when least({{ to_index }}, {{ months }} - 1) >= greatest({{ from_index }}, 0)
            then
                {{ shift_left_one('least(' ~ to_index ~ ', ' ~ months ~ ' - 1) + 1') }}
                - {{ shift_left_one('greatest(' ~ from_index ~ ', 0)') }}
        else cast(0 as bigint)
    end
{%- endmacro %}

{#- Bits of evidence -> bits of W; `rule_window` is an alias of int_rules__window or int_rules__windows. -#}
{% macro bits_of_window(bits, rule_window) -%}
    ({{ shift_right(bits, rule_window ~ '.evidence_index') }} & {{ rule_window }}.all_bits)
{%- endmacro %}

{#- The same for what the income register says: none before its use is lawful. -#}
{% macro income_bits_of_window(bits, rule_window) -%}
    ({{ shift_right(bits, rule_window ~ '.evidence_index') }} & {{ rule_window }}.income_bits)
{%- endmacro %}

{#- The days of a month that a period covers, both ends inclusive: bit 0 is the 1st. None when a date is null. -#}
{% macro days_of_month_bits(month, period_from, period_to) -%}
    case
        when {{ period_from }} is null or {{ period_to }} is null then cast(0 as bigint)
        else {{ month_range_bits(days_between(month, period_from), days_between(month, period_to), 31) }}
    end
{%- endmacro %}

{#- Whether such days are all days of the month. -#}
{% macro is_whole_month(days, month) -%}
    {{ bits_without(
        month_range_bits('0', days_between(month, add_months(month, 1)) ~ ' - 1', 31), days
    ) }} = 0
{%- endmacro %}

{#- Bits of `bits` that are not in `other`. -#}
{% macro bits_without(bits, other) -%}(({{ bits }}) & ~({{ other }})){%- endmacro %}

{% macro shift_left_one(places) -%}{{ return(adapter.dispatch('shift_left_one')(places)) }}{%- endmacro %}
{% macro default__shift_left_one(places) -%}(cast(1 as bigint) << cast({{ places }} as integer)){%- endmacro %}
{% macro spark__shift_left_one(places) -%}shiftleft(cast(1 as bigint), cast({{ places }} as int)){%- endmacro %}

{% macro shift_right(bits, places) -%}{{ return(adapter.dispatch('shift_right')(bits, places)) }}{%- endmacro %}
{% macro default__shift_right(bits, places) -%}(({{ bits }}) >> cast({{ places }} as integer)){%- endmacro %}
{% macro spark__shift_right(bits, places) -%}shiftright({{ bits }}, cast({{ places }} as int)){%- endmacro %}

{#- Rows of a select: the whole numbers from 0 to `count` - 1. -#}
{% macro numbers_below(count) -%}{{ return(adapter.dispatch('numbers_below')(count)) }}{%- endmacro %}
{% macro default__numbers_below(count) -%}unnest(range({{ count }})){%- endmacro %}
{% macro spark__numbers_below(count) -%}explode(sequence(0, {{ count }} - 1)){%- endmacro %}

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
