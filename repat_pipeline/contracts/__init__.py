"""Data contracts (ODCS): the only home of columns, types, rules, legal basis and retention.

`inbound` loads them, `pandera_schema` and `dbt_sources` derive what the reader, the validation and dbt need.
"""
