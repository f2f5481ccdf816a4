"""Mutation test of the rules: `make mutation` changes one rule at a time and asks whether a test notices.

`sql` makes the mutants of models and macros, `data` those of parameters and code lists, `trial` runs the tests against one mutant in
a copy of the project, `report` writes docs/mutation.md. Not part of CI: a full round takes about half an hour.
"""
