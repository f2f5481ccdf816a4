select
    municipality_code,
    delivery_id,
    person_key,
    se_nummer as company_number,
    indberetning_id as report_id,
    indberetningsart as report_kind_code,
    indkomsttype as income_type_code,
    indtaegtsart as income_kind_code,
    {{ month_start('coalesce(loenperiode_fra, basismaaned)') }} as income_month,
    loenperiode_fra as wage_period_from,
    loenperiode_til as wage_period_to,
    coalesce(a_indkomst_am, 0) as a_indkomst_am,
    coalesce(a_indkomst_uden_am, 0) as a_indkomst_uden_am,
    tilbagefoert as is_reversed
from {{ source('eindkomst', 'indkomst') }}
