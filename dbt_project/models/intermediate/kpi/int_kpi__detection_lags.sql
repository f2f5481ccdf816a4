with

stock as (
    select * from {{ ref('int_kpi__stock') }}
),

duty_days as (
    select * from {{ ref('int_kpi__duty_days') }}
),

listed_persons as (
    select * from {{ ref('stg_lake__listed_persons') }}
),

-- Whoever is a candidate today and was on no feed before is new on the feed of today.
candidates as (
    select
        stock.municipality_code,
        stock.person_key,
        coalesce(listed_persons.first_listed_on, stock.reference_on) as first_listed_on,
        coalesce(listed_persons.primary_route, stock.primary_route) as primary_route
    from stock
    left join listed_persons
        on
            stock.municipality_code = listed_persons.municipality_code
            and stock.person_key = listed_persons.person_key
    where stock.is_candidate and not stock.is_backcast
    union
    select
        listed_persons.municipality_code,
        listed_persons.person_key,
        listed_persons.first_listed_on,
        listed_persons.primary_route
    from listed_persons
),

-- The beginning of a spell that is going on in the first month end known is not known.
spells as (
    select distinct
        duty_days.municipality_code,
        duty_days.person_key,
        duty_days.spell_from,
        duty_days.last_reference_on
    from duty_days
    where duty_days.is_start_seen
)

select
    candidates.municipality_code,
    candidates.person_key,
    candidates.primary_route,
    candidates.first_listed_on,
    {{ month_end('candidates.first_listed_on') }} as reference_on,
    {{ days_between('max(spells.spell_from)', 'candidates.first_listed_on') }} as days_to_feed
from candidates
left join spells
    on
        candidates.municipality_code = spells.municipality_code
        and candidates.person_key = spells.person_key
        and candidates.first_listed_on >= spells.spell_from
        and candidates.first_listed_on <= spells.last_reference_on
group by
    candidates.municipality_code,
    candidates.person_key,
    candidates.primary_route,
    candidates.first_listed_on
