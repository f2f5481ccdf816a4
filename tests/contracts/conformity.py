"""Does a table that was handed out keep its contract? Generic over all outbound contracts; a breach never shows a value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from repat_pipeline.contracts.odcs import ContractColumn
from repat_pipeline.contracts.outbound import OutboundTable

PARQUET_TYPES: dict[str, pl.DataType] = {
    "varchar": pl.String(), "date": pl.Date(), "boolean": pl.Boolean(), "integer": pl.Int32(), "bigint": pl.Int64(),
    "timestamp": pl.Datetime("us"), "double": pl.Float64(),
}  # fmt: skip

# How the text of a CSV file becomes a value of a kind; null = it is none. Kinds that are not here are text.
TEXT = pl.col("value")
FROM_TEXT: dict[str, pl.Expr] = {
    "date": TEXT.str.to_date("%Y-%m-%d", strict=False),
    "month": (TEXT + "-01").str.to_date("%Y-%m-%d", strict=False),
    "integer": TEXT.str.to_integer(dtype=pl.Int32, strict=False),
    "flag": TEXT.replace_strict({"0": False, "1": True}, default=None, return_dtype=pl.Boolean),
}


def read_feed_text(path: Path) -> pl.DataFrame:
    """A feed CSV, every column as text, an empty cell as null."""
    return pl.read_csv(path, separator=";", infer_schema=False)


def breaches(contract: OutboundTable, table: pl.DataFrame) -> list[str]:
    """What of a contract a table breaks, one line each; empty when it keeps it.

    Args:
        table: a published Parquet file as it is, or a feed CSV as `read_feed_text` gives it.
    """
    if tuple(table.columns) != contract.column_names:
        return [f"columns: expected {list(contract.column_names)}, found {table.columns}"]
    found = [breach for column in contract.columns for breach in column_breaches(contract, column, table[column.name])]
    if contract.key and table.select(contract.key).is_duplicated().any():
        found.append(f"key {', '.join(contract.key)}: not unique")
    order = [name for name in contract.row_order if name in table.columns]
    if order == list(contract.row_order) and not table.select(order).equals(table.select(order).sort(order, nulls_last=False)):
        found.append(f"rows: not in the order of {', '.join(order)}")
    return found


def column_breaches(contract: OutboundTable, column: ContractColumn, values: pl.Series) -> Iterator[str]:
    """What one column breaks."""
    if column.required and values.null_count():
        yield f"{column.name}: required, but {values.null_count()} values are missing"
    if contract.group == "feed":
        typed = values.to_frame("value").select(FROM_TEXT.get(column.kind, TEXT)).to_series()
        if typed.null_count() > values.null_count():
            yield f"{column.name}: {typed.null_count() - values.null_count()} values are no {column.kind}"
    else:
        typed = values
        if values.dtype != PARQUET_TYPES[column.physical_type]:
            yield f"{column.name}: expected {column.physical_type}, found {values.dtype}"
            return
    present = typed.drop_nulls()
    if column.kind == "month" and (present.dt.day() != 1).any():
        yield f"{column.name}: not the first day of a month"
    if column.kind == "code" and not set(present.unique()) <= set(column.known_codes):
        yield f"{column.name}: {len(set(present.unique()) - set(column.known_codes))} unknown codes"
    if column.pattern is not None and not present.str.contains(column.pattern).all():
        yield f"{column.name}: values do not match {column.pattern}"
    if column.minimum is not None and (present < column.minimum).any():
        yield f"{column.name}: values below {column.minimum}"
