{#- The reference date D. Given by environment, because --vars loses dbt's partial parsing. Nothing reads the clock. -#}
{% macro as_of_date() -%}
    cast('{{ env_var("REPAT_AS_OF") }}' as date)
{%- endmacro %}

{#- How many month ends before D are back-cast in the run (kpi.md rule 2); none unless the run is asked for them. -#}
{% macro month_ends() -%}{{ return(env_var('REPAT_MONTH_ENDS', '0') | int) }}{%- endmacro %}

{#-
  Of int_rules__parameter_sets those that can change a criterion: the parameters in force, and alternatives of a parameter of
  that criterion. Everything that a criterion rests on is computed for these sets only.
-#}
{% macro bears_on(criterion) -%}
    (criterion is null or criterion = '{{ criterion }}')
{%- endmacro %}

{#-
  Whether a person is looked at on a reference day: everybody on D, and on earlier days whoever may be eligible then.
  `days` is an alias of int_rules__reference_days, `never_enough` of int_benefits__never_enough joined to the person.
-#}
{% macro is_looked_at(days, never_enough) -%}
    (not {{ days }}.is_back_cast or {{ never_enough }}.person_key is null)
{%- endmacro %}

{#-
  Whether a person's outcome is worked out by a parameter set: everybody's by the rules in force, by an alternative that of whoever
  may have enough months by some set; nobody else's status can differ. `parameter_sets` is an alias of int_rules__parameter_sets.
-#}
{% macro is_worked_out(parameter_sets, never_enough) -%}
    ({{ parameter_sets }}.criterion is null or {{ never_enough }}.person_key is null)
{%- endmacro %}
