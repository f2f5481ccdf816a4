"""All mutants of the project: which files are mutated, and by what."""

from __future__ import annotations

from pathlib import Path

from tools.mutation.data import code_list_mutants, parameter_mutants, rule_version_mutants
from tools.mutation.mutant import Mutant
from tools.mutation.sql import sql_mutants

_FILES = (
    ("repat_pipeline/rules/parameters/*.yaml", parameter_mutants),
    ("repat_pipeline/rules/alternatives.yaml", parameter_mutants),
    ("repat_pipeline/rules/rule_set.yaml", rule_version_mutants),
    ("dbt_project/seeds/codelists/*.csv", code_list_mutants),
    ("dbt_project/macros/*.sql", sql_mutants),
    ("dbt_project/models/**/*.sql", sql_mutants),
)


def all_mutants(root: Path) -> list[Mutant]:
    """Mutants of parameters, code lists, macros and models, in the order of the files."""
    return [
        mutant
        for pattern, make in _FILES
        for path in sorted(root.glob(pattern))
        for mutant in make(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    ]
