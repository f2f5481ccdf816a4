"""Data contracts (ODCS): the only home of columns, types, rules, legal basis and retention.

`odcs` reads what all have, `inbound` and `outbound` what only one direction has. `pandera_schema`, `dbt_sources` and `pages` derive
what the validation, dbt and people need; `compatibility` says how a version moves.
"""
