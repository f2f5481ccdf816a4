with

rejected_rows_by_rule as (
    select * from {{ ref('stg_lake__rejected_rows_by_rule') }}
)

select
    rejected_rows_by_rule.municipality_code,
    rejected_rows_by_rule.source,
    rejected_rows_by_rule.delivery_id,
    rejected_rows_by_rule.table_name,
    rejected_rows_by_rule.rule_id,
    rejected_rows_by_rule.rejected_rows
from rejected_rows_by_rule
