with

stock as (
    select * from {{ ref('int_kpi__stock') }}
),

reference_days as (
    select * from {{ ref('int_kpi__reference_days') }}
    where period_type = 'month' and (has_previous or covered_share = 0)
),

eligible as (
    select
        stock.municipality_code,
        stock.person_key,
        stock.reference_on
    from stock
    where stock.status = 'eligible'
),

eligible_before as (
    select
        eligible.municipality_code,
        eligible.person_key,
        {{ month_end(add_days('eligible.reference_on', '1')) }} as reference_on
    from eligible
),

pairs as (
    select
        coalesce(eligible.municipality_code, eligible_before.municipality_code) as municipality_code,
        coalesce(eligible.person_key, eligible_before.person_key) as person_key,
        coalesce(eligible.reference_on, eligible_before.reference_on) as reference_on,
        {{ add_days(month_start('coalesce(eligible.reference_on, eligible_before.reference_on)'), '-1') }} as before_on,
        eligible_before.person_key is not null as was_eligible,
        eligible.person_key is not null as is_eligible
    from eligible
    full outer join eligible_before
        on
            eligible.municipality_code = eligible_before.municipality_code
            and eligible.person_key = eligible_before.person_key
            and eligible.reference_on = eligible_before.reference_on
),

-- What was open on the day on which the person was not eligible: before an inflow, now after an outflow.
reasons as (
    select
        pairs.municipality_code,
        pairs.person_key,
        pairs.reference_on,
        pairs.was_eligible,
        pairs.is_eligible,
        case
            when pairs.was_eligible = pairs.is_eligible then null
            when stock.status is null then 'not_in_population'
            when stock.status = 'undetermined' then 'undetermined'
            else stock.open_criterion
        end as reason
    from pairs
    left join stock
        on
            pairs.municipality_code = stock.municipality_code
            and pairs.person_key = stock.person_key
            and case when pairs.was_eligible then pairs.reference_on else pairs.before_on end = stock.reference_on
),

by_place as (
    select
        reasons.municipality_code as place_code,
        reasons.*
    from reasons
    union all
    select
        'DK' as place_code,
        reasons.*
    from reasons
),

-- In the country a person is one: who only changes municipality neither comes nor goes.
changes as (
    select
        by_place.place_code,
        by_place.reference_on,
        by_place.person_key,
        bool_or(by_place.was_eligible) as was_eligible,
        bool_or(by_place.is_eligible) as is_eligible,
        min(by_place.reason) as reason
    from by_place
    inner join reference_days
        on
            by_place.municipality_code = reference_days.municipality_code
            and by_place.reference_on = reference_days.reference_on
    group by by_place.place_code, by_place.reference_on, by_place.person_key
),

flows as (
    select
        changes.place_code,
        changes.reference_on,
        changes.person_key,
        case when changes.is_eligible then 'inflow' else 'outflow' end as measure,
        changes.reason
    from changes
    where changes.is_eligible <> changes.was_eligible
),

sums as (
    select
        flows.place_code,
        flows.reference_on,
        flows.measure,
        'reason' as dimension,
        flows.reason as dimension_value,
        count(*) as persons
    from flows
    group by flows.place_code, flows.reference_on, flows.measure, flows.reason
    union all
    select
        flows.place_code,
        flows.reference_on,
        flows.measure,
        '' as dimension,
        '' as dimension_value,
        count(*) as persons
    from flows
    group by flows.place_code, flows.reference_on, flows.measure
)

{% for measure in ['inflow', 'outflow'] -%}
    select
        'K03' as kpi_id,
        '{{ measure }}' as measure,
        reference_days.municipality_code,
        reference_days.period_type,
        reference_days.period_start,
        reference_days.reference_on as period_end,
        coalesce(sums.dimension, '') as dimension,
        coalesce(sums.dimension_value, '') as dimension_value,
        cast(coalesce(sums.persons, 0) as double) as numerator,
        cast(null as double) as denominator,
        cast(coalesce(sums.persons, 0) as double) as value,
        reference_days.flow_share as known_share,
        reference_days.rule_version,
        reference_days.is_backcast
    from reference_days
    left join sums
        on
            reference_days.municipality_code = sums.place_code
            and reference_days.reference_on = sums.reference_on
            and sums.measure = '{{ measure }}'
    {{ 'union all' if not loop.last }}
{% endfor %}
