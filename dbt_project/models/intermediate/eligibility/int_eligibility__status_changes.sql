{%- set criteria = ['covered_group', 'residence_years', 'benefit_months'] -%}
with

statuses as (
    select * from {{ ref('int_eligibility__statuses') }}
),

{% for criterion in criteria -%}
    {{ criterion }} as (
        select * from {{ ref('int_eligibility__criterion_' ~ criterion) }}
    ),

{% endfor -%}

populations as (
    select * from {{ ref('int_persons__base_population') }}
),

parameters as (
    select * from {{ ref('int_rules__parameters') }}
),

base_population as (
    select populations.*
    from populations
    inner join parameters on populations.as_of = parameters.as_of
),

listed_recipients as (
    select * from {{ ref('int_persons__listed_recipients') }}
),

alternatives as (
    select * from {{ ref('int_rules__parameter_sets') }}
    where criterion is not null
),

-- An alternative changes one parameter, so only the outcomes of its criterion can differ.
with_other_outcome as (
    {%- for criterion in criteria %}
        select
            {{ criterion }}.parameter_set,
            statuses.municipality_code,
            statuses.person_key,
            statuses.status,
            statuses.resident_outcome,
        {%- for other in criteria %}
            {{ criterion ~ '.outcome' if other == criterion else 'statuses.' ~ other ~ '_outcome' }}
                as {{ other }}_outcome{{ ',' if not loop.last }}
        {%- endfor %}
        from statuses
        inner join {{ criterion }}
            on
                statuses.municipality_code = {{ criterion }}.municipality_code
                and statuses.person_key = {{ criterion }}.person_key
        inner join alternatives on {{ criterion }}.parameter_set = alternatives.parameter_set
        where statuses.{{ criterion }}_outcome <> {{ criterion }}.outcome
        {{- ' union all' if not loop.last }}
    {%- endfor %}
),

-- Which benefits are listed decides also who without a row in UIP is in the base population.
out_of_population as (
    select
        alternatives.parameter_set,
        base_population.municipality_code,
        base_population.person_key
    from base_population
    cross join alternatives
    left join listed_recipients
        on
            alternatives.parameter_set = listed_recipients.parameter_set
            and base_population.municipality_code = listed_recipients.municipality_code
            and base_population.person_key = listed_recipients.person_key
    where
        not base_population.has_uip_row
        and alternatives.criterion = 'benefit_months'
        and listed_recipients.person_key is null
),

into_population as (
    select
        listed_recipients.parameter_set,
        listed_recipients.municipality_code,
        listed_recipients.person_key
    from listed_recipients
    inner join alternatives on listed_recipients.parameter_set = alternatives.parameter_set
    left join base_population
        on
            listed_recipients.municipality_code = base_population.municipality_code
            and listed_recipients.person_key = base_population.person_key
    where base_population.person_key is null
)

select
    with_other_outcome.parameter_set,
    with_other_outcome.municipality_code,
    with_other_outcome.person_key
from with_other_outcome
where
    with_other_outcome.status <> {{ status_of([
        'with_other_outcome.resident_outcome',
        'with_other_outcome.covered_group_outcome',
        'with_other_outcome.residence_years_outcome',
        'with_other_outcome.benefit_months_outcome',
    ]) }}
-- Each person once, also one who leaves the population and would have another status in it.
union distinct
select
    out_of_population.parameter_set,
    out_of_population.municipality_code,
    out_of_population.person_key
from out_of_population
union distinct
select
    into_population.parameter_set,
    into_population.municipality_code,
    into_population.person_key
from into_population
