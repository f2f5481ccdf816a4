"""Text -> padded text and typed values, side by side, never failing: what cannot be parsed is null and named by a check.

Only translation lives here; the judgement is `validate` with the contract's pandera schema. Norm: spec/inbound.md sections 2-3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

import polars as pl
import pyarrow as pa

from repat_pipeline.contracts.inbound import Column, TableContract
from repat_pipeline.contracts.pandera_schema import CPR_CLASS, IS_ASKED, form_name, typed_name
from repat_pipeline.identity.cpr import classify

_MAX_WHOLE_DIGITS = 16  # of an amount: decimal(18, 2)
_REPEATING = ("cpr", "digits", "date", "month")


class ValueForms(Protocol):
    """How the values of a file are written; `extracts.dialect.Dialect` is one."""

    @property
    def decimal(self) -> str:
        """`,` or `.`."""
        ...

    @property
    def exact_decimals(self) -> bool:
        """True: exactly two decimals; False: none, one or two."""
        ...

    @property
    def date_format(self) -> str:
        """strptime form of dates."""
        ...

    @property
    def month_format(self) -> str:
        """strptime form of months."""
        ...


def prepare(chunk: pl.DataFrame, contract: TableContract, *, forms: ValueForms, asked: pl.Series | None) -> pl.DataFrame:
    """Add typed values and forms to a text frame.

    Args:
        chunk: the contract's columns as text, and `line_number`.
        asked: CPR numbers of the accepted rows of `opslag`; None for tables without that rule.

    Returns:
        The text columns (padded where the contract says so), per column `typed_name` and `form_name` where its kind is parsed,
        `CPR_CLASS`, and `IS_ASKED` (null where the CPR number cannot be read or nothing is asked).
    """
    padded = chunk.with_columns([_padded(column) for column in contract.columns if _has_short(chunk[column.name], column)])
    of_rows = [column for column in contract.columns if column.kind not in _REPEATING]
    repeating = [column for column in contract.columns if column.kind in _REPEATING]
    of_values = [values for column in repeating for values in _of_each_text(padded[column.name], partial(_parse, column, forms, asked))]
    # Forms first: what a value is made of would be worked out twice in one step.
    formed = padded.with_columns(*_each(of_rows, _formed, forms), *of_values)
    return formed.with_columns(_each(of_rows, _value, forms))


def typed_frame(prepared: pl.DataFrame, contract: TableContract) -> pl.DataFrame:
    """The typed values under the contract's column names, with `line_number`; only of accepted rows do they mean anything."""
    return prepared.select("line_number", *[_typed(column).alias(column.name) for column in contract.columns])


def _has_short(texts: pl.Series, column: Column) -> bool:
    """Whether a text is so short that it may have lost zeros; hardly a column has one, and padding costs as much as parsing."""
    if column.pad_to is None:
        return False
    assert column.pad_from is not None
    return bool(texts.str.len_bytes().is_between(column.pad_from, column.pad_to - 1).any())


def _of_each_text(texts: pl.Series, tell: Callable[[pl.DataFrame], pl.DataFrame]) -> list[pl.Series]:
    """What is told of each distinct text, for every row: a file has millions of dates and persons, and few different ones.

    Args:
        tell: is given the distinct texts, without null, under the name of the series; must keep their order. A null is told nothing of.
    """
    encoded = texts.to_arrow().dictionary_encode()
    told = tell(pl.DataFrame({texts.name: pl.Series(encoded.dictionary, dtype=pl.String)}))
    places = pl.Series(encoded.indices)
    return [values.gather(places) for values in told]


def _padded(column: Column) -> pl.Expr:
    text = pl.col(column.name)
    assert column.pad_to is not None
    short = text.str.contains(f"^[0-9]{{{column.pad_from},{column.pad_to - 1}}}$")
    return pl.when(short).then(text.str.zfill(column.pad_to)).otherwise(text).alias(column.name)


def _date_pattern(form: str) -> str:
    pattern = re.escape(form).replace("\\%", "%").replace("%Y", "[0-9]{4}")
    return "^" + pattern.replace("%m", "[0-9]{2}").replace("%d", "[0-9]{2}") + "$"


def _amount_pattern(forms: ValueForms) -> str:
    point = re.escape(forms.decimal)
    decimals = f"{point}[0-9]{{2}}" if forms.exact_decimals else f"({point}[0-9]{{1,2}})?"
    return f"^-?[0-9]{{1,{_MAX_WHOLE_DIGITS}}}{decimals}$"


def _with_point(decimal: str, texts: pl.Series) -> pl.Series:
    """The texts with a point where a decimal comma is: in all their characters at once, a third of the time of text by text."""
    array = texts.to_arrow().cast(pa.large_string())
    validity, offsets, characters = array.buffers()
    if decimal == "." or characters is None:
        return texts
    with_point = pa.py_buffer(characters.to_pybytes().replace(decimal.encode(), b"."))
    return pl.Series(texts.name, pa.LargeStringArray.from_buffers(len(array), offsets, with_point, validity, offset=array.offset))


def _parse(column: Column, forms: ValueForms, asked: pl.Series | None, texts: pl.DataFrame) -> pl.DataFrame:
    """What is to be known of distinct texts of a column."""
    if column.kind != "cpr":
        return texts.with_columns(_each([column], _formed, forms)).with_columns(_each([column], _value, forms)).drop(column.name)
    classes = classify(texts[column.name])["cpr_class"].rename(CPR_CLASS)
    is_readable = classes.is_in(["ordinary", "constructed"])
    is_asked = pl.lit(None, pl.Boolean) if asked is None else pl.when(is_readable).then(pl.col(column.name).is_in(asked.implode()))
    return texts.select(classes, is_asked.alias(IS_ASKED))


def _each(columns: Iterable[Column], tell: Callable[[Column, ValueForms], pl.Expr | None], forms: ValueForms) -> list[pl.Expr]:
    return [expression for column in columns if (expression := tell(column, forms)) is not None]


def _formed(column: Column, forms: ValueForms) -> pl.Expr | None:
    """Whether the text has the form of its kind; None for a kind without form."""
    patterns = {
        "digits": column.pattern or "",
        "date": _date_pattern(forms.date_format),
        "month": _date_pattern(forms.month_format),
        "amount": _amount_pattern(forms),
        "integer": "^-?[0-9]+$",
    }
    if column.kind not in patterns:
        return None
    return pl.col(column.name).str.contains(patterns[column.kind]).alias(form_name(column.name))


def _value(column: Column, forms: ValueForms) -> pl.Expr | None:
    """The parsed value of a text that has the form (`form_name` is there); None for a kind that stays text."""
    text, name = pl.col(column.name), column.name
    if column.kind == "date":
        value = text.str.to_date(forms.date_format, strict=False)
    elif column.kind == "month":
        value = (text + "-01").str.to_date(f"{forms.month_format}-%d", strict=False)
    elif column.kind == "amount":
        value = text.map_batches(partial(_with_point, forms.decimal), return_dtype=pl.String).cast(pl.Decimal(18, 2), strict=False)
    elif column.kind == "integer":
        value = text.cast(pl.Int32, strict=False)
    else:
        return None
    if column.kind in ("date", "month"):
        # The calendar begins with year 1.
        value = pl.when(value.dt.year() >= 1).then(value)
    return pl.when(pl.col(form_name(name))).then(value).alias(typed_name(name))


def _typed(column: Column) -> pl.Expr:
    if column.kind in ("date", "month", "amount", "integer"):
        return pl.col(typed_name(column.name))
    return pl.col(column.name) == "1" if column.kind == "flag" else pl.col(column.name)
