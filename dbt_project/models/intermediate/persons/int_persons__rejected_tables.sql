with

rejected_rows as (
    select * from {{ ref('stg_lake__rejected_rows') }}
),

answers_used as (
    select
        *,
        -- Joined by equality of both sides: a condition on one side alone makes the join compare every pair of rows.
        'eindkomst' as answer_source
    from {{ ref('int_income__answers_used') }}
)

-- rules.md section 1: rejected rows never decide silently. Of the answers of the income register only those count that
-- are used for a month of W of that person; the other tables are those of M's own counting deliveries. For which
-- months an answer with a rejected row is used is told here; which of them lie in W is asked in C4.
select
    rejected_rows.municipality_code,
    rejected_rows.person_key,
    {%- for table_name in ['opholdstilladelser', 'borgere', 'ydelser', 'vejledningshaendelser'] %}
        bool_or(rejected_rows.table_name = '{{ table_name }}') as has_rejected_{{ table_name }},
    {%- endfor %}
{%- for table_name in ['opslag', 'indkomst'] %}
    bit_or(
        case
            when rejected_rows.table_name = '{{ table_name }}' then coalesce(answers_used.used_bits, 0)
            else cast(0 as bigint)
        end
    ) as rejected_{{ table_name }}_bits{{ ',' if not loop.last }}
{%- endfor %}
from rejected_rows
left join answers_used
    on
        rejected_rows.municipality_code = answers_used.municipality_code
        and rejected_rows.delivery_id = answers_used.delivery_id
        and rejected_rows.person_key = answers_used.person_key
        and rejected_rows.source = answers_used.answer_source
where rejected_rows.person_key is not null
group by all
