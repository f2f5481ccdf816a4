"""Contract -> pandera: the schema that the rows of one table are checked against; every check is named by its rule id.

The frame that is checked holds, for every column of the contract, the sender's text (padded) under the column's name and the
parsed value under `typed_name(column)` (`validation.typing` makes both). So one row can break several rules at once: the text
has a form, the value is real, the code is known. Norm: spec/inbound.md section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache

import pandera.polars as pa
import polars as pl

from repat_pipeline.codelists import validity_by_code
from repat_pipeline.contracts.inbound import Column, Rule, TableContract, load_table_contract

# Columns that `validation.typing` adds besides the typed ones.
CPR_CLASS = "cpr_class__typed"
IS_ASKED = "is_asked__typed"

_PARSED_KINDS = ("date", "month", "amount", "integer")
_FORMED_KINDS = (*_PARSED_KINDS, "digits")


def typed_name(column: str) -> str:
    """Name of the parsed value beside the text of a column."""
    return f"{column}__typed"


def form_name(column: str) -> str:
    """Name of the flag that tells whether the text of a column has the form of its kind."""
    return f"{column}__formed"


@cache
def table_schema(source: str, table: str) -> pa.DataFrameSchema:
    """The pandera schema of one inbound table.

    Validate eagerly (`DataFrame`, never `LazyFrame`: that checks no data) with `lazy=True`, and read nothing but check name and
    row index from the failure cases: they hold values.
    """
    contract = load_table_contract(source, table)
    columns = {}
    for column in contract.columns:
        # Rules over several columns hang on one of them too: of a failed check of the frame pandera copies whole rows.
        over_columns = [_row_check(rule) for rule in contract.rules if rule.arguments["column"] == column.name]
        columns[column.name] = pa.Column(pl.String, checks=[*_column_checks(column), *over_columns], nullable=True)
    return pa.DataFrameSchema(columns, name=f"{source}.{table}", strict=False)


def rule_ids_by_column(contract: TableContract) -> dict[str, list[str]]:
    """The rule ids that a row can break, by the column that they are named after; duplicates of the key included."""
    schema = table_schema(contract.source, contract.name)
    by_column = {name: [str(check.error) for check in column.checks] for name, column in schema.columns.items()}
    if contract.key is not None:
        by_column[contract.key].append(f"{contract.key}_duplicate")
    return by_column


def rule_ids(contract: TableContract) -> list[str]:
    """Every rule id that a row of the table can break."""
    return sorted({rule_id for ids in rule_ids_by_column(contract).values() for rule_id in ids})


def _check(rule_id: str, condition: pl.Expr) -> pa.Check:
    """A check that is passed where the condition is true or null."""

    def evaluate(content: pa.PolarsData) -> pl.LazyFrame | bool:
        frame: pl.LazyFrame = content.lazyframe
        passed = frame.select(condition.fill_null(True).alias(rule_id)).collect()
        # Told of no row, pandera makes no frames: most checks are passed by every row of a chunk.
        return True if passed[rule_id].all() else passed.lazy()

    check = pa.Check(evaluate, error=rule_id, ignore_na=False)
    # pandera copies every check for every chunk; ours never change, so each is its own copy.
    check.__deepcopy__ = lambda memo: check
    return check


def _column_checks(column: Column) -> list[pa.Check]:
    text, name = pl.col(column.name), column.name
    typed, formed = pl.col(typed_name(name)), pl.col(form_name(name))
    checks = []
    if column.required:
        checks.append(_check(f"{name}_missing", text.is_not_null()))
    if column.required_when is not None:
        other, values = column.required_when
        checks.append(_check(f"{name}_missing", ~pl.col(other).is_in(list(values)) | text.is_not_null()))
    if column.required_with is not None:
        checks.append(_check(f"{name}_missing", pl.col(column.required_with).is_null() | text.is_not_null()))
    if column.kind in _FORMED_KINDS:
        checks.append(_check(f"{name}_format", text.is_null() | formed))
    if column.kind in ("date", "month"):
        checks.append(_check(f"{name}_date", ~formed | typed.is_not_null()))
    if column.kind == "cpr":
        checks.append(_check(f"{name}_format", pl.col(CPR_CLASS) != "bad_format"))
        checks.append(_check(f"{name}_date", pl.col(CPR_CLASS) != "bad_date"))
    if column.kind in ("code", "flag"):
        checks.append(_check(f"{name}_code", text.is_null() | text.is_in(column.known_codes)))
    if column.kind == "integer":
        # A whole number too long for its type has the form, has no typed value, and is out of any range.
        bounds = [pl.lit(True)]
        bounds += [] if column.minimum is None else [typed >= column.minimum]
        bounds += [] if column.maximum is None else [typed <= column.maximum]
        checks.append(_check(f"{name}_range", ~formed | (typed.is_not_null() & pl.all_horizontal(bounds))))
    return checks


def _row_check(rule: Rule) -> pa.Check:
    builders: dict[str, Callable[[Rule], pl.Expr]] = {
        "not_before": lambda rule: _value(rule, "column") >= _value(rule, "other"),
        "same_month": lambda rule: _value(rule, "column").dt.truncate("1mo") == _value(rule, "other").dt.truncate("1mo"),
        "valid_in_month": _valid_in_month,
        "person_in": lambda rule: pl.col(IS_ASKED),
    }
    return _check(rule.name, builders[rule.kind](rule))


def _value(rule: Rule, argument: str) -> pl.Expr:
    return pl.col(typed_name(rule.arguments[argument]))


def _valid_in_month(rule: Rule) -> pl.Expr:
    """The code exists in the month of the other column; null where a code or a day cannot be read."""
    validity = validity_by_code(rule.arguments["codelist"])
    code, month = pl.col(rule.arguments["column"]), _value(rule, "other").dt.truncate("1mo")

    def bound(position: int) -> pl.Expr:
        months = [validity_of[position] for validity_of in validity.values()]
        days = [None if text is None else date.fromisoformat(f"{text}-01") for text in months]
        return code.replace_strict(list(validity), pl.Series(days, dtype=pl.Date), default=None, return_dtype=pl.Date)

    first, last = bound(0), bound(1)
    return month.is_null() | ((first.is_null() | (month >= first)) & (last.is_null() | (month <= last)))
