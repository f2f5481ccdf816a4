with

deliveries as (
    select * from {{ ref('stg_lake__deliveries') }}
),

table_counts as (
    select * from {{ ref('stg_lake__table_counts') }}
),

rejected_rows_by_rule as (
    select * from {{ ref('stg_lake__rejected_rows_by_rule') }}
),

-- A sender's mistakes are followed from the first to the last delivery: also where a rule is not broken (any more).
rules_broken as (
    select distinct
        rejected_rows_by_rule.municipality_code,
        rejected_rows_by_rule.source,
        rejected_rows_by_rule.table_name,
        rejected_rows_by_rule.rule_id
    from rejected_rows_by_rule
),

shares as (
    select
        table_counts.municipality_code,
        table_counts.source,
        table_counts.table_name,
        rules_broken.rule_id,
        table_counts.delivery_id,
        deliveries.extracted_at,
        table_counts.rows_read,
        coalesce(rejected_rows_by_rule.rejected_rows, 0) as rejected_rows,
        cast(coalesce(rejected_rows_by_rule.rejected_rows, 0) as double)
        / nullif(table_counts.rows_read, 0) as rejected_share
    from table_counts
    inner join deliveries
        on
            table_counts.municipality_code = deliveries.municipality_code
            and table_counts.source = deliveries.source
            and table_counts.delivery_id = deliveries.delivery_id
    inner join rules_broken
        on
            table_counts.municipality_code = rules_broken.municipality_code
            and table_counts.source = rules_broken.source
            and table_counts.table_name = rules_broken.table_name
    left join rejected_rows_by_rule
        on
            table_counts.municipality_code = rejected_rows_by_rule.municipality_code
            and table_counts.source = rejected_rows_by_rule.source
            and table_counts.delivery_id = rejected_rows_by_rule.delivery_id
            and table_counts.table_name = rejected_rows_by_rule.table_name
            and rules_broken.rule_id = rejected_rows_by_rule.rule_id
)

select
    shares.municipality_code,
    shares.source,
    shares.table_name,
    shares.rule_id,
    shares.delivery_id,
    shares.extracted_at,
    shares.rows_read,
    shares.rejected_rows,
    shares.rejected_share,
    lag(shares.rejected_share) over (
        partition by shares.municipality_code, shares.source, shares.table_name, shares.rule_id
        order by shares.extracted_at, shares.delivery_id
    ) as previous_share
from shares
