-- A view: the rows lie in the model above already.
{{ config(materialized='view') }}
select
    months_used.municipality_code,
    months_used.person_key,
    months_used.benefit_code,
    months_used.paid_bits,
    months_used.whole_bits
from {{ ref('int_income__months_used') }} as months_used
where months_used.income_class = 'listed'
