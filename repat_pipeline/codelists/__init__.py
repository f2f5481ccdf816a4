"""Code lists: the seed CSVs of the dbt project, read once.

A code list has one home, `dbt_project/seeds/codelists`; the SQL sees it as a seed, Python reads the same file here. What a
code means for a decision stands in the list, never in code.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import polars as pl

CODE_LIST_FOLDER = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "codelists"


@cache
def load_code_list(name: str, folder: Path = CODE_LIST_FOLDER) -> pl.DataFrame:
    """Read one code list; every column is text and an empty cell is null.

    Args:
        name: file name without ending, e.g. `kommuner`.
        folder: another folder holds the lists as they were when a feed was decided.

    Raises:
        FileNotFoundError: there is no such list; the message names the lists that exist.
    """
    path = folder / f"{name}.csv"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in folder.glob("*.csv")))
        raise FileNotFoundError(f"there is no code list '{name}'; known lists: {known}")
    return pl.read_csv(path, infer_schema=False)


def code_list_files() -> dict[str, bytes]:
    """File name -> content of every code list in use."""
    return {path.name: path.read_bytes() for path in sorted(CODE_LIST_FOLDER.glob("*.csv"))}


@cache
def code_lists_hash() -> str:
    """sha256 over the names and contents of all code lists."""
    digest = hashlib.sha256()
    for name, content in code_list_files().items():
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()


@cache
def codes(reference: str) -> frozenset[str]:
    """The codes of one list, named as in a contract: `<list>.<column>`, e.g. `residence_basis.basis_code`."""
    name, _, column = reference.partition(".")
    return frozenset(load_code_list(name)[column].drop_nulls().to_list())


@cache
def municipality_codes() -> tuple[str, ...]:
    """The 98 municipality codes, four digits, ascending."""
    return tuple(sorted(codes("kommuner.code")))


@cache
def municipality_names() -> dict[str, str]:
    """Municipality code -> Danish name."""
    municipalities = load_code_list("kommuner")
    return dict(zip(municipalities["code"], municipalities["name"], strict=True))


@cache
def validity_by_code(reference: str) -> dict[str, tuple[str | None, str | None]]:
    """Code -> (first month, last month) as `YYYY-MM` text, both inclusive, null = without limit.

    The list has the columns `valid_from` and `valid_to`, as `benefits` does.
    """
    name, _, column = reference.partition(".")
    rows = load_code_list(name).select(column, "valid_from", "valid_to").iter_rows()
    return {code: (valid_from, valid_to) for code, valid_from, valid_to in rows}
