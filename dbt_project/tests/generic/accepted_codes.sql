{#- Every value that is not null is one of the values (identifiers of spec/rules.md, not codes of a code list). -#}
{% test accepted_codes(model, column_name, values) %}

select distinct {{ column_name }}
from {{ model }}
where
    {{ column_name }} is not null
    and {{ column_name }} not in ({% for value in values %}'{{ value }}'{{ ', ' if not loop.last }}{% endfor %})

{% endtest %}
