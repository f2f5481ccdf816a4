"""Plain-Python evaluation of the decision rules: the independent check of what the SQL models decide.

Here: spec/rules.md sections 1-5 and the month strip of section 7, written to be read beside the text; speed does not
matter (a few hundred persons). Standard library only, nothing of the project is imported: parameters and code lists
come in as arguments. Not here: reading or checking files (`extracts`, `validation`), the published decision (the
models of `dbt_project`). Start reading in `evaluate`.
"""
