with

counting as (
    select * from {{ ref('int_deliveries__counting') }}
    where source in ('fagsystem', 'eindkomst')
),

kept_deliveries as (
    select * from {{ ref('stg_lake__kept_deliveries') }}
),

rule_window as (
    select * from {{ ref('int_rules__evidence_window') }}
),

-- Bits mean the months of the window that they were made for.
of_this_window as (
    select
        kept_deliveries.municipality_code,
        kept_deliveries.source,
        kept_deliveries.delivery_id
    from kept_deliveries
    inner join rule_window
        on
            kept_deliveries.first_month = rule_window.first_month
            and kept_deliveries.last_month = rule_window.last_month
            and kept_deliveries.employment_from = rule_window.employment_from
)

select
    counting.municipality_code,
    counting.source,
    counting.delivery_id,
    of_this_window.delivery_id is not null as is_kept
from counting
left join of_this_window
    on
        counting.municipality_code = of_this_window.municipality_code
        and counting.source = of_this_window.source
        and counting.delivery_id = of_this_window.delivery_id
