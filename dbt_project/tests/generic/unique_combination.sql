{#-
  The columns together are the key of the model: no combination occurs twice, and none of them is null.
  Rows of one key have one hash: the keys themselves are compared only of rows whose hash occurs twice, mostly none.
-#}
{% test unique_combination(model, columns) -%}
with

hashes as (
    select
        {{ hash_of(columns) }} as key_hash,
        {% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %} as has_null
    from {{ model }}
),

suspects as (
    select hashes.key_hash
    from hashes
    group by hashes.key_hash
    having
        count(*) > 1
        or max(case when hashes.has_null then 1 else 0 end) = 1
)

select
    {% for column in columns %}tested.{{ column }}, {% endfor %}
    count(*) as rows_found
from {{ model }} as tested
inner join suspects on {{ hash_of(columns, 'tested.') }} = suspects.key_hash
group by {% for column in columns %}tested.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
having
    count(*) > 1
    {%- for column in columns %}
    or tested.{{ column }} is null
    {%- endfor %}

{% endtest %}
