"""Valid rows of every inbound table, and checking them: each test departs from a valid row by what it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

from repat_pipeline.contracts.inbound import SOURCES, TableContract, load_source_contract
from repat_pipeline.extracts.dialect import DEFAULT_DIALECT, Dialect
from repat_pipeline.validation.validate import CheckedChunk, TableValidator
from tests.support import Row, income, lookup, payments, permit, person, resident

CONTRACTS: dict[str, TableContract] = {
    name: contract for source in SOURCES for name, contract in load_source_contract(source).tables.items()
}  # fmt: skip
PERSON = person()
# Only an ordinary number can begin with a zero: one of a birth date to come is nobody's.
ZERO_LED_PERSON = "01" + "05" + "36" + "4" + "001"

_VALID: dict[str, Callable[[], Row]] = {
    "opholdstilladelser": lambda: permit(PERSON),
    "borgere": lambda: resident(PERSON),
    "ydelser": lambda: payments(PERSON, "2025-03", 1)[0],
    "sager": lambda: {"sag_id": "S-1", "cpr_nummer": PERSON, "sagstype": "beskaeftigelse", "aabnet_dato": "2025-03-10"},
    "vejledningshaendelser": lambda: {
        "haendelse_id": "H-1", "forloeb_id": "F-1", "cpr_nummer": PERSON, "haendelsestype": "indkaldelse",
        "haendelsesdato": "2025-03-10", "kommunekode": "0751",
    },
    "repatrieringer": lambda: {"repatriering_id": "R-1", "cpr_nummer": PERSON, "ansoegt_dato": "2025-03-10"},
    "opslag": lambda: lookup(PERSON, "2025-01", "2025-03"),
    "indkomst": lambda: income(PERSON, "2025-03"),
}  # fmt: skip


def valid_row(table: str, **changes: str | None) -> Row:
    """A row of the table that breaks no rule, but for the changes."""
    return _VALID[table]() | changes


def text_frame(table: str, rows: Iterable[Row], *, first_line: int = 2) -> pl.DataFrame:
    """Rows as the reader gives them: text columns in the order of the contract, and `line_number`."""
    names = CONTRACTS[table].column_names
    content = [{name: row.get(name) for name in names} for row in rows]
    frame = pl.DataFrame(content, schema=dict.fromkeys(names, pl.String()))
    return frame.with_columns(pl.int_range(first_line, first_line + frame.height, dtype=pl.Int64).alias("line_number"))


def validator(table: str, *, forms: Dialect = DEFAULT_DIALECT, asked: Iterable[str] = (PERSON,)) -> TableValidator:
    """A validator as the landing makes it; `indkomst` knows who was asked for."""
    uses_asked = any(rule.kind == "person_in" for rule in CONTRACTS[table].rules)
    people = pl.Series("cpr_nummer", list(asked), dtype=pl.String)
    return TableValidator(CONTRACTS[table], forms=forms, asked=people if uses_asked else None)


def check_rows(table: str, rows: Iterable[Row], *, forms: Dialect = DEFAULT_DIALECT, asked: Iterable[str] = (PERSON,)) -> CheckedChunk:
    """Check rows as one chunk."""
    return validator(table, forms=forms, asked=asked).check(text_frame(table, rows))


def broken_rules(table: str, changes: Row, *, forms: Dialect = DEFAULT_DIALECT, asked: Iterable[str] = (PERSON,)) -> list[str]:
    """Rule ids that one row breaks, ascending; empty when it is accepted."""
    rejected = check_rows(table, [valid_row(table, **changes)], forms=forms, asked=asked).rejected
    return [rule for rules in rejected["rule_ids"] for rule in rules.split(",")]


def typed_value(table: str, column: str, text: str | None, *, forms: Dialect = DEFAULT_DIALECT) -> object:
    """The typed value of one column of an accepted row."""
    return check_rows(table, [valid_row(table, **{column: text})], forms=forms).accepted[column].item()
