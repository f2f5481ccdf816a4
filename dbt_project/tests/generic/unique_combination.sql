{#- The columns together are the key of the model: no combination occurs twice, and none of them is null. -#}
{% test unique_combination(model, columns) %}
    
    

select
    {{ columns | join(', ') }},
    count(*) as rows_found
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}

{% endtest %}
